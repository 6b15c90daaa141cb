// Tells failures apart: a refusal by whoever gives places, and a connection that did not come about.
import type { Refusal } from '../upstreams.ts'

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
