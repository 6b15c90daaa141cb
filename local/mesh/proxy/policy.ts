// The seam for authentication and authorization: asked about every request at a door, before faults and routing.
import { messageOf } from '../../kernel/errors.ts'
import type { RevisionTarget } from '../../seams/upstreams.ts'
import { removeLines } from '../codec/header-lines.ts'
import type { Admission, Claims, Denial, Verdict } from '../security/checked-request.ts'
import { refuse } from './answer.ts'
import type { AttemptClient, Exchange } from './client.ts'
import { WaitingExchange } from './filters/waiting-exchange.ts'
import type { Hop } from './hop.ts'
import { localReplies } from './local-reply.ts'
import { answerPlainly } from './upstream/plain-answer.ts'

export interface Policy {
  /** Undefined lets the request pass; a promise where a token is to be verified. */
  check(hop: Hop): Verdict | Promise<Verdict> | undefined
  /** Whether a gateway's port takes a connection that it carries as bytes. */
  admitsConnection(connection: { port: number; peer: string; serverName: string }): boolean
  /** The same before the workloads a revision's requests reach. */
  atRevision(hop: Hop, target: RevisionTarget): InboundVerdict | Promise<InboundVerdict>
}

/** `reset`: the connection is refused as a caller's without identity. `silence`: no instance will ever take it. */
export type InboundVerdict = Verdict | 'reset' | 'silence' | undefined

/** `next` is called once the request may pass. Undefined when it was answered at once. */
export function admitted(hop: Hop, policy: Policy, next: (claims: Claims | undefined) => Exchange | undefined) {
  const verdict = policy.check(hop)
  if (!verdict) return next(undefined)
  if (!(verdict instanceof Promise)) return obey(hop, verdict, next)
  const waiting = new WaitingExchange(hop.incoming, () => {})
  verdict.then(
    found => waiting.go(() => obey(hop, found, next)),
    error => {
      hop.wire.log('error', `policy check failed: ${messageOf(error)}`)
      waiting.go(() => refuse(hop, localReplies.noHealthyUpstream))
    },
  )
  return waiting
}

function obey(hop: Hop, verdict: Verdict, next: (claims: Claims | undefined) => Exchange | undefined) {
  if (!verdict.allowed) return refuse(hop, denial(verdict))
  changeHeaders(hop, verdict)
  return next(verdict.claims)
}

function denial({ status, body, headers, details }: Denial) {
  return { status, body, flags: '-', details, headers: [...headers] }
}

function changeHeaders({ headers }: Hop, { removeHeaders, addHeaders }: Admission): void {
  if (removeHeaders.length > 0) removeLines(headers, name => removeHeaders.includes(name))
  headers.push(...addHeaders)
}

/** What the activator gives up with when no instance takes a request (Knative's default timeoutSeconds). */
const silenceMs = 300_000

/** `next` is called once the workloads behind the gateway let the request pass. */
export function admittedInside(
  hop: Hop,
  client: AttemptClient,
  target: RevisionTarget,
  next: () => Exchange | undefined,
): Exchange | undefined {
  const verdict = hop.wire.policy?.atRevision(hop, target)
  if (verdict === undefined) return next()
  if (!(verdict instanceof Promise) && verdict !== 'silence') return obeyInside(hop, client, verdict, next)
  const waiting = new WaitingExchange(hop.incoming, () => timer?.cancel())
  const timer = hop.wire.clock.after(silenceMs, () => waiting.go(() => answerGivenUp(hop, client)))
  if (verdict === 'silence') return waiting
  verdict.then(
    found => {
      if (found === 'silence') return
      timer.cancel()
      waiting.go(() => (found === undefined ? next() : obeyInside(hop, client, found, next)))
    },
    error => {
      timer.cancel()
      hop.wire.log('error', `policy check failed: ${messageOf(error)}`)
      waiting.go(() => reset(client))
    },
  )
  return waiting
}

function obeyInside(hop: Hop, client: AttemptClient, verdict: Verdict | 'reset', next: () => Exchange | undefined) {
  if (verdict === 'reset') return reset(client)
  if (verdict.allowed) {
    changeHeaders(hop, verdict)
    return next()
  }
  const { status, body, headers } = verdict
  const lines = headers.flatMap((name, index) => (index % 2 ? [] : [[name, headers[index + 1] ?? ''] as const]))
  const given = { ...Object.fromEntries(lines), 'content-type': 'text/plain' }
  answerPlainly(client, hop.incoming.head.method, status, body, given)
  return undefined
}

function reset(client: AttemptClient): undefined {
  client.failed({ kind: 'reset' })
}

function answerGivenUp(hop: Hop, client: AttemptClient): undefined {
  answerPlainly(client, hop.incoming.head.method, 504, 'activator request timeout')
}
