// Carries a load out: so many workers, each at its pace, until the time or the requests are used up.
import type { Load } from './hey.ts'

/** Time and the way out; a test puts its own in their place. */
export interface Surroundings {
  /** Milliseconds. */
  now(): number
  pause(ms: number): Promise<void>
  /** The status of one request; 0 when there was no answer. */
  ask(load: Load): Promise<number>
}

/** What came of a load. */
export interface Report {
  requests: number
  /** How many answers had each status. */
  statuses: Record<string, number>
  /** Percentiles of the answers' times, in whole milliseconds. */
  p50: number
  p99: number
  perSecond: number
}

export async function runLoad(load: Load, { now, pause, ask }: Surroundings): Promise<Report> {
  const startedAt = now()
  const ends = load.durationMs === undefined ? Number.POSITIVE_INFINITY : startedAt + load.durationMs
  let left = load.durationMs === undefined ? load.requests : Number.POSITIVE_INFINITY
  const times: number[] = []
  const statuses: Record<string, number> = {}
  const worker = async () => {
    for (let turn = 0; left > 0; turn++) {
      // Turns that came late are not caught up with: a slow service gets fewer requests, as with the original.
      const due = load.rate === undefined ? now() : Math.max(now(), startedAt + (turn * 1_000) / load.rate)
      if (due >= ends) return
      left--
      if (due > now()) await pause(due - now())
      const sentAt = now()
      const status = await ask(load)
      times.push(now() - sentAt)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: load.workers }, worker))
  return report(times, statuses, now() - startedAt)
}

function report(times: number[], statuses: Record<string, number>, ms: number): Report {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
  const requests = times.length
  return { requests, statuses, p50: at(0.5), p99: at(0.99), perSecond: Math.round(requests / (ms / 1_000 || 1)) }
}
