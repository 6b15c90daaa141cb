// How long an instance that exited stays down: at once the first time, then 10 s doubling to 5 minutes, as the kubelet.

export interface CrashHistory {
  /** Failures in a row. */
  failures: number
}

export const noCrashes: CrashHistory = { failures: 0 }

export interface Run {
  startedAt: number
  endedAt: number
  /** It answered requests: what ended it was not its start. */
  served: boolean
  /** Somebody ended it with SIGKILL, which says little about itself. */
  killed: boolean
}

/** Requests wait for a start that is no further off, in milliseconds. */
export const momentMs = 2_000

/** Killed from outside it is well itself: it is soon tried again, and however often that happens no request is refused. */
const firstMs = { crashed: 10_000, killed: 100 }
const longestMs = { crashed: 5 * 60_000, killed: momentMs }
const healthyMs = 10 * 60_000
/** Starts without a wait, failures in a row: more when it was killed, but it may be itself who kills. */
const startsAtOnce = { crashed: 1, killed: 20 }

/** The wait in milliseconds before the next start, after a run that ended by itself. A run that did well resets it. */
export function afterCrash(history: CrashHistory, run: Run): { history: CrashHistory; waitMs: number } {
  const well = run.served || run.endedAt - run.startedAt >= healthyMs
  const failures = well ? 1 : history.failures + 1
  const cause = run.killed ? 'killed' : 'crashed'
  const waits = failures - startsAtOnce[cause]
  const waitMs = waits <= 0 ? 0 : Math.min(firstMs[cause] * 2 ** (waits - 1), longestMs[cause])
  return { history: { failures }, waitMs }
}
