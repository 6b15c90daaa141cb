// The `date` header: made once a second.
import type { Clock } from '../../../kernel/clock.ts'

export type HttpDate = () => string

/** A function that gives the time of `clock` as `Sat, 21 Nov 2026 08:03:22 GMT`. */
export function httpDate(clock: Clock): HttpDate {
  let second = -1
  let text = ''
  return () => {
    const now = Math.floor(clock.now() / 1_000)
    if (now !== second) {
      second = now
      text = new Date(now * 1_000).toUTCString()
    }
    return text
  }
}
