// Retry policies.
import { isNamedStatus } from '../../../kernel/http-status.ts'
import { durationFlaws } from '../fields/duration.ts'
import { type Finding, flaw, flawIf, listedFlaw, quoted } from '../finding.ts'
import type { HttpRetry } from './types.ts'

/** Envoy's policies for HTTP and gRPC. */
const policies = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'envoy-ratelimited',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]

export function retryFlaws(retries: HttpRetry | undefined, path: string): Finding[] {
  if (!retries) return []
  const { attempts = 0, perTryTimeout, retryOn, retryRemoteLocalities, backoff } = retries
  const configured = perTryTimeout !== undefined || !!retryOn || retryRemoteLocalities !== undefined
  return [
    ...(attempts < 0 ? [listedFlaw(`${path}.attempts`, 'attempts cannot be negative')] : []),
    ...flawIf(attempts === 0 && configured, path, 'http retry policy configured when attempts are set to 0 (disabled)'),
    ...durationFlaws(perTryTimeout, `${path}.perTryTimeout`),
    ...retryOnFlaws(retryOn, `${path}.retryOn`),
    ...durationFlaws(backoff, `${path}.backoff`),
  ]
}

/** Comma-separated, without spaces: a policy, or a status code that has a name. */
function retryOnFlaws(retryOn: string | undefined, path: string): Finding[] {
  if (!retryOn) return []
  return retryOn
    .split(',')
    .filter(policy => !(policies.includes(policy) || isStatusCode(policy)))
    .map(policy => flaw(path, `${quoted(policy)} is not a valid retryOn policy`))
}

/** Node names 509, which Go does not. */
function isStatusCode(text: string): boolean {
  return /^\+?\d+$/.test(text) && isNamedStatus(Number(text))
}
