// Whether a try is followed by another one, and when: Envoy's retry conditions (1.37, retry_state_impl.cc).
import type { Random } from '../../../kernel/random.ts'
import { type HeaderList, headerOf } from '../../codec/head.ts'
import type { RetryPolicy } from '../../table/route.ts'
import type { AttemptFailure } from '../failure.ts'

/** What came of a try: no answer, none in time, or the head of one. */
export type TryResult =
  | AttemptFailure
  | { kind: 'per-try-timeout' }
  | { kind: 'answer'; status: number; headers: HeaderList }

/** True when the policy's conditions name this result; how many tries are left is not looked at. */
export function isRetriable(policy: RetryPolicy, result: TryResult): boolean {
  const { on } = policy
  switch (result.kind) {
    case 'answer':
      return isRetriableAnswer(policy, result.status, result.headers)
    case 'connect-failure':
    case 'connect-timeout':
      return on.has('connect-failure') || on.has('5xx') || on.has('gateway-error') || on.has('reset')
    case 'stream-reset':
      if (result.refused && on.has('refused-stream')) return true
      return on.has('5xx') || on.has('gateway-error') || on.has('reset')
    default:
      return on.has('5xx') || on.has('gateway-error') || on.has('reset')
  }
}

function isRetriableAnswer({ on, retriableStatusCodes }: RetryPolicy, status: number, headers: HeaderList): boolean {
  if (status >= 500 && status < 600 && on.has('5xx')) return true
  if ((status === 502 || status === 503 || status === 504) && on.has('gateway-error')) return true
  if (status === 409 && on.has('retriable-4xx')) return true
  if (retriableStatusCodes.size > 0 && retriableStatusCodes.has(status)) return true
  const grpcStatus = on.size > 0 ? headerOf(headers, 'grpc-status') : undefined
  return grpcStatus !== undefined && on.has(grpcConditions[grpcStatus] ?? '')
}

const grpcConditions: Record<string, string> = {
  '1': 'cancelled',
  '4': 'deadline-exceeded',
  '8': 'resource-exhausted',
  '13': 'internal',
  '14': 'unavailable',
}

/** Ten times the base is the longest pause. */
const mostTimesBase = 10

/** Milliseconds before the try that follows try `tries`: drawn from 0 up to the base, doubled with each try. */
export function retryPause({ backoffMs }: RetryPolicy, tries: number, random: Random): number {
  return Math.floor(random.next() * backoffMs * Math.min(2 ** (tries - 1), mostTimesBase))
}
