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

/** Killed from outside it is well itself, and soon tried again. */
const firstMs = { crashed: 10_000, killed: 100 }
const longestMs = 5 * 60_000
const healthyMs = 10 * 60_000
/** Starts without a wait, failures in a row: more when it was killed, but not for ever, for it may be itself who kills. */
const startsAtOnce = { crashed: 1, killed: 20 }

/** The wait in milliseconds before the next start, after a run that ended by itself. A run that did well resets it. */
export function afterCrash(history: CrashHistory, run: Run): { history: CrashHistory; waitMs: number } {
  const well = run.served || run.endedAt - run.startedAt >= healthyMs
  const failures = well ? 1 : history.failures + 1
  const cause = run.killed ? 'killed' : 'crashed'
  const waits = failures - startsAtOnce[cause]
  const waitMs = waits <= 0 ? 0 : Math.min(firstMs[cause] * 2 ** (waits - 1), longestMs)
  return { history: { failures }, waitMs }
}
