// A pool without instances on a clock that stands still, for the tests of this room.
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { RequestLimits } from '../../seams/upstreams.ts'
import { Meter } from './meter.ts'
import type { Seat } from './place.ts'
import { Pool } from './pool.ts'

const fiveMinutes: RequestLimits = { timeoutMs: 300_000, responseStartTimeoutMs: 0, idleTimeoutMs: 0 }

/** The pool of a revision with that containerConcurrency (0: no limit), and the seats that failed. */
export function poolOf(containerConcurrency: number, limits = fiveMinutes) {
  const clock = new FakeClock()
  const window = { seconds: 10, weighting: 'linear' } as const
  const meter = new Meter({ metric: 'concurrency', stable: window, panic: window }, clock.now())
  const failed: Seat[] = []
  const random = seededRandom(7)
  const pool = new Pool({ clock, random, meter, limits, containerConcurrency, onFailed: seat => failed.push(seat) })
  return { pool, clock, meter, failed }
}

/** Where the instance of that name listens. */
export const at = (name: string) => ({ path: `/run/${name}.sock`, protocol: 'http1' }) as const
