// Why a try at an endpoint brought no answer, told apart as Envoy's retry policies and response flags do.
import type { Outcome } from '../cluster/balancer.ts'
import type { Refusal } from '../upstreams.ts'

export type AttemptFailure =
  /** No connection came about; `reason` in the words of the C library. */
  | { kind: 'connect-failure'; reason: string; retried?: boolean }
  /** The connection ended before the answer began. */
  | { kind: 'reset'; retried?: boolean }
  /** What came was no HTTP, or HTTP that must not be. */
  | { kind: 'protocol-error'; retried?: boolean }

/** The same for circuit breakers and outlier detection. */
export function outcomeOf(failure: AttemptFailure): Outcome {
  return failure.kind === 'connect-failure' ? connectFailed : reset
}

const connectFailed: Outcome = { kind: 'connect-failure' }
const reset: Outcome = { kind: 'reset' }

/** Rooms that plug in declare their own `Refusal`. */
export function isRefusal(error: unknown): error is Pick<Refusal, 'status' | 'body' | 'headers'> {
  return (
    error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number' &&
    'body' in error &&
    typeof error.body === 'string'
  )
}

/** The C library's words for why a connection did not come about. */
export function socketReason(error: Error | undefined): string {
  const code = error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (code || 'Connection reset by peer')
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ENOENT: 'No such file or directory',
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
}
