// What a forwarding route makes of a request: Envoy's own headers, the header rules, another host, another path.
import type { RE2JS } from 're2js'
import { setInPlace } from '../../codec/header-lines.ts'
import type { ForwardAction, Rewrite } from '../../table/route.ts'
import { applyRequestRules } from '../headers/header-rules.ts'
import type { Hop } from '../hop.ts'
import { isGrpc } from '../local-reply.ts'
import { setGrpcTimeout } from './grpc.ts'

/** Once a request, however often it is tried. `timeoutMs`: what all its tries may take; 0 is no limit. */
export function forwardRequest(hop: Hop, action: ForwardAction, timeoutMs: number): void {
  const { headers, host } = hop
  if (action.operation !== '') headers.push('x-envoy-decorator-operation', action.operation)
  const patience = shorter(action.retry?.perTryTimeoutMs ?? 0, timeoutMs)
  if (patience > 0) headers.push('x-envoy-expected-rq-timeout-ms', String(patience))
  if (patience > 0 && isGrpc(hop.incoming.head.contentType)) setGrpcTimeout(headers, patience)
  headers.push('x-envoy-attempt-count', '1')
  applyRequestRules(hop)
  const rewritten = action.rewrite?.authority ?? hop.destination?.authority
  if (rewritten !== undefined) hop.host = rewritten
  if (rewritten !== undefined) headers.push('x-envoy-original-host', host)
  if (action.rewrite?.path) {
    headers.push('x-envoy-original-path', hop.target)
    hop.target = rewriteTarget(hop.target, action.rewrite.path)
  }
}

/** The next try: its number, and what is left of the time. */
export function countTry(hop: Hop, action: ForwardAction, tries: number, leftMs: number): void {
  hop.attempts++
  setInPlace(hop.headers, 'x-envoy-attempt-count', String(tries))
  const patience = shorter(action.retry?.perTryTimeoutMs ?? 0, leftMs)
  if (patience === 0) return
  setInPlace(hop.headers, 'x-envoy-expected-rq-timeout-ms', String(patience))
  if (isGrpc(hop.incoming.head.contentType)) setGrpcTimeout(hop.headers, patience)
}

/** The smaller of two limits where 0 is none. */
export function shorter(a: number, b: number): number {
  if (a === 0) return b
  return b === 0 ? a : Math.min(a, b)
}

/** The query always stays; a `?` in the new path is a part of it like any other. */
export function rewriteTarget(target: string, rewrite: NonNullable<Rewrite['path']>): string {
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const query = question < 0 ? '' : target.slice(question)
  return rewritePath(path, rewrite) + query
}

function rewritePath(path: string, rewrite: NonNullable<Rewrite['path']>): string {
  switch (rewrite.kind) {
    case 'prefix':
      return rewrite.to + path.slice(rewrite.from.length)
    case 'whole':
      return rewrite.to
    case 'regex':
      return replaceAll(path, rewrite.expression, rewrite.substitution)
  }
}

/** Every match, from left to right; `\\1` is what the first group matched, `\\0` the whole. */
function replaceAll(path: string, expression: RE2JS, substitution: string): string {
  const matcher = expression.matcher(path)
  let text = ''
  let end = 0
  while (matcher.find()) {
    const filled = substitution.replace(/\\(\d|\\)/g, (_whole, group: string) =>
      group === '\\' ? '\\' : (matcher.group(Number(group)) ?? ''),
    )
    text += path.slice(end, matcher.start()) + filled
    end = matcher.end()
  }
  return text + path.slice(end)
}
