// What a rule does to a request besides choosing where it goes, and how the request looks behind it.
import { rewriteTarget } from '../proxy/router/forward-request.ts'
import type { HeaderRules, HeaderValue } from '../table/header-rules.ts'
import type { ForwardAction, RetryPolicy, Route, WeightedCluster } from '../table/route.ts'
import type { ExplainedEffects, ExplainedFault, ExplainedRetries, HeaderChange } from './explanation.d.ts'
import type { Step } from './step.ts'

export function effectsOf(
  { action, requestHeaders, responseHeaders, fault, cors }: Route,
  step: Step,
): ExplainedEffects {
  const common = {
    requestHeaders: headerChanges(requestHeaders),
    responseHeaders: headerChanges(responseHeaders),
    ...(fault && { fault: faultOf(fault) }),
    cors: cors !== undefined,
  }
  if (action.kind !== 'forward') return { ...common, mirrors: [] }
  const { rewrite, timeoutMs, retry, mirrors } = action
  return {
    ...(rewrite?.authority !== undefined && { host: rewrite.authority }),
    ...(rewrite?.path && { target: rewriteTarget(step.target, rewrite.path) }),
    ...common,
    ...(timeoutMs > 0 && { timeoutMs }),
    ...(retry && retry.retries > 0 && { retries: retriesOf(retry) }),
    mirrors,
  }
}

function faultOf({ delay, abort }: NonNullable<Route['fault']>): ExplainedFault {
  return { ...(delay && { delay }), ...(abort && { abort }) }
}

function retriesOf({ retries, on, perTryTimeoutMs, retriableStatusCodes }: RetryPolicy): ExplainedRetries {
  const codes = [...retriableStatusCodes].map(String)
  return {
    attempts: retries,
    on: [...on].flatMap(one => (one === 'retriable-status-codes' && codes.length > 0 ? codes : [one])),
    ...(perTryTimeoutMs > 0 && { perTryTimeoutMs }),
  }
}

/** In the order a proxy makes them. */
export function headerChanges(rules: HeaderRules | undefined): HeaderChange[] {
  if (!rules) return []
  return [
    ...rules.remove.map((name): HeaderChange => ({ do: 'remove', name })),
    ...rules.set.map(({ name, value }): HeaderChange => ({ do: 'set', name, value: valueText(value) })),
    ...rules.add.map(({ name, value }): HeaderChange => ({ do: 'add', name, value: valueText(value) })),
  ]
}

/** The request as this hop leaves it for one of its destinations. */
export function onward(
  route: Route,
  { rewrite, destinationHeadersFirst }: ForwardAction,
  drawn: WeightedCluster,
  step: Step,
): Step {
  const levels = [route.requestHeaders, drawn.requestHeaders]
  const ordered = destinationHeadersFirst ? levels.toReversed() : levels
  return {
    ...step,
    host: rewrite?.authority ?? drawn.authority ?? step.host,
    target: rewrite?.path ? rewriteTarget(step.target, rewrite.path) : step.target,
    headers: ordered.reduce((headers: readonly string[], rules) => changed(headers, rules), step.headers),
    depth: step.depth + 1,
  }
}

function changed(headers: readonly string[], rules: HeaderRules | undefined): readonly string[] {
  if (!rules) return headers
  const gone = new Set([...rules.remove, ...rules.set.map(({ name }) => name)])
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!gone.has(name)) kept.push(name, headers[index + 1] ?? '')
  }
  return [...kept, ...[...rules.set, ...rules.add].flatMap(({ name, value }) => [name, valueText(value)])]
}

/** Commands stand as they are written: what they become is known only when a request is there. */
function valueText(value: HeaderValue): string {
  if (typeof value === 'string') return value
  return value
    .map(part => {
      if (typeof part === 'string') return part
      return `%${part.command}${part.argument === undefined ? '' : `(${part.argument})`}%`
    })
    .join('')
}
