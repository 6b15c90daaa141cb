// How often, and how soon, a request goes to another instance when the one that had it died.
import type { Clock } from '../../../kernel/clock.ts'

/** Instances are killed, crash and are replaced: a request is not given up for that, one that kills them all is. */
const mostInstances = 32
const firstPauseMs = 10
const longestPauseMs = 1_000

/** Repeating these does no harm (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}

/**
 * Milliseconds until the next instance is asked; undefined when none is. The first one's death is nothing special, so the
 * second is asked at once; from there on pauses double. A request has no longer than its revision's timeout.
 */
export function pauseBeforeNext(asked: number, { elapsedMs, timeoutMs }: { elapsedMs: number; timeoutMs: number }) {
  if (asked >= mostInstances) return undefined
  const pause = asked < 2 ? 0 : Math.min(firstPauseMs * 2 ** (asked - 2), longestPauseMs)
  return timeoutMs > 0 && elapsedMs + pause >= timeoutMs ? undefined : pause
}

/** The instances that one request has been given to. */
export class InstanceTries {
  readonly #clock: Clock
  #startedAt = 0
  count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The request's time runs from here. */
  begin(): void {
    this.#startedAt = this.#clock.now()
  }

  /** As `pauseBeforeNext`, for a request that has `timeoutMs` in all (0: without end). */
  pause(timeoutMs: number): number | undefined {
    return pauseBeforeNext(this.count, { elapsedMs: this.#clock.now() - this.#startedAt, timeoutMs })
  }

  /** Milliseconds that instances which died have left of `timeoutMs`; at least 1, and 0 for a request without end. */
  left(timeoutMs: number): number {
    if (timeoutMs === 0 || this.count === 1) return timeoutMs
    return Math.max(1, timeoutMs - (this.#clock.now() - this.#startedAt))
  }
}
