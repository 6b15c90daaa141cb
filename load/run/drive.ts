// Sends requests by a model until a limit is reached or someone ends it. Knows nothing of HTTP.
import type { Random } from '../../local/kernel/random.ts'
import { arrivals } from './arrivals.ts'
import type { Limit, Model } from './profile.ts'

/** High-resolution time. */
export interface RunClock {
  /** Milliseconds, from any start. */
  now(): number
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

export interface Drive {
  model: Model
  limit: Limit
  clock: RunClock
  random: Random
  /** Begins no more requests once it is aborted. */
  signal: AbortSignal
  /** Sends one request that was due at this time of the clock; never rejects. */
  send(dueAt: number): Promise<void>
  /** Told of a request that was due and could not be sent before the end. */
  skip(dueAt: number): void
}

/** The open model waits with further requests while so many are under way; they are due nevertheless. */
export const mostInFlight = 1_000
/** How much longer than its time an open run may take to send what was due. */
const overtimeMs = 10_000

/** Resolves when the last request has ended. */
export function drive(run: Drive): Promise<void> {
  return run.model.kind === 'closed' ? closed(run, run.model) : open(run, run.model)
}

async function closed(run: Drive, { workers, pauseMs = 0 }: Model & { kind: 'closed' }): Promise<void> {
  const { clock, random, signal } = run
  const { requests = Infinity, seconds = Infinity } = run.limit
  const endsAt = clock.now() + seconds * 1_000
  let begun = 0
  const worker = async () => {
    while (!signal.aborted && begun < requests && clock.now() < endsAt) {
      begun++
      await run.send(clock.now())
      if (pauseMs > 0) await clock.pause(random.next() * pauseMs, signal)
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, requests) }, worker))
}

async function open(run: Drive, model: Model & { kind: 'open' }): Promise<void> {
  const { clock, signal } = run
  const { requests = Infinity, seconds = requests / model.perSecond } = run.limit
  const next = arrivals(model, run.random)
  const startedAt = clock.now()
  const giveUpAt = startedAt + seconds * 1_000 + overtimeMs
  const places = limited(mostInFlight)
  for (let due = next(), count = 0; count < requests && due < seconds * 1_000; due = next(), count++) {
    const dueAt = startedAt + due
    if (dueAt > clock.now()) await clock.pause(dueAt - clock.now(), signal)
    await places.free()
    if (signal.aborted) break
    if (clock.now() > giveUpAt) run.skip(dueAt)
    else places.take(run.send(dueAt))
  }
  await places.empty()
}

interface Places {
  /** Resolves when there is a free one. */
  free(): Promise<void>
  /** Takes one until the work ends. */
  take(work: Promise<void>): void
  /** Resolves when all are free. */
  empty(): Promise<void>
}

function limited(most: number): Places {
  let taken = 0
  let wake = () => {}
  const below = async (limit: number) => {
    while (taken >= limit) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  const leave = () => {
    taken--
    wake()
  }
  return {
    free: () => below(most),
    take(work) {
      taken++
      void work.then(leave)
    },
    empty: () => below(1),
  }
}
