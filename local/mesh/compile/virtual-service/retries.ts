// `retries`: how often, upon what, and with which pauses a request is tried again.

import type { HttpRetry } from '../../../api/istio/types.ts'
import { isNamedStatus } from '../../../kernel/http-status.ts'
import type { RetryPolicy } from '../../table/route.ts'
import { durationMs } from './duration.ts'

/** What Istio 1.29 sends where nothing is said: two retries, never because of a status of the backend. */
const defaultPolicy: RetryPolicy = {
  retries: 2,
  perTryTimeoutMs: 0,
  on: new Set(['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes']),
  retriableStatusCodes: new Set(),
  backoffMs: 25,
  hostSelectionAttempts: 5,
}

/** The rule's own policy whole, else MeshConfig's whole, else Istio's. Undefined is no retries: `attempts: 0`, or `{}`. */
export function compileRetries(own: HttpRetry | undefined, ofMesh: HttpRetry | undefined): RetryPolicy | undefined {
  const policy = own ?? ofMesh
  if (!policy) return defaultPolicy
  if (!policy.attempts || policy.attempts < 0) return undefined
  return {
    retries: policy.attempts,
    perTryTimeoutMs: durationMs(policy.perTryTimeout) ?? 0,
    ...conditionsOf(policy.retryOn),
    backoffMs: durationMs(policy.backoff) ?? defaultPolicy.backoffMs,
    hostSelectionAttempts: policy.retryIgnorePreviousHosts === false ? 0 : defaultPolicy.hostSelectionAttempts,
  }
}

/** `503,reset`: numbers are statuses of the backend, the rest are conditions of Envoy's. */
function conditionsOf(retryOn: string | undefined): Pick<RetryPolicy, 'on' | 'retriableStatusCodes'> {
  if (!retryOn) return { on: defaultPolicy.on, retriableStatusCodes: defaultPolicy.retriableStatusCodes }
  const words = retryOn.split(',').map(word => word.trim())
  const codes = words.filter(word => isNamedStatus(word))
  const on = new Set(words.filter(word => word && !isNamedStatus(word)))
  if (codes.length) on.add('retriable-status-codes')
  return { on, retriableStatusCodes: new Set(codes.map(Number)) }
}
