// Time for replays: several times as fast as the wall's, and never further ahead than the machine came along.
import { FakeClock } from '../../local/kernel/clock.ts'

const speed = 4
/** What a turn of the event loop may take at most; a stalled machine stalls time with it. Milliseconds. */
const longestTurnMs = 5

/**
 * A clock for everything that waits in this process, mesh and backends alike: between any two of its moments all
 * sockets were looked at, so that no time-out fires because the machine was busy.
 */
export function unhurriedClock(): { clock: FakeClock; stop(): void } {
  const clock = new FakeClock(Date.now())
  let running = true
  let before = performance.now()
  const turn = async () => {
    const now = performance.now()
    await clock.advance(Math.min(Math.round((now - before) * speed), longestTurnMs))
    before = now
    if (running) setTimeout(turn, 1)
  }
  setTimeout(turn, 1)
  return {
    clock,
    stop: () => {
      running = false
    },
  }
}
