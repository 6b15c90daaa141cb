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
}

const firstMs = 10_000
const longestMs = 5 * 60_000
const healthyMs = 10 * 60_000

/** The wait in milliseconds before the next start, after a run that ended by itself. A run that did well resets it. */
export function afterCrash(history: CrashHistory, run: Run): { history: CrashHistory; waitMs: number } {
  const well = run.served || run.endedAt - run.startedAt >= healthyMs
  const failures = well ? 1 : history.failures + 1
  const waitMs = failures === 1 ? 0 : Math.min(firstMs * 2 ** (failures - 2), longestMs)
  return { history: { failures }, waitMs }
}
