// Carries a profile out against a target, and counts what comes of it.
import type { Random } from '../../local/kernel/random.ts'
import { client } from './client.ts'
import { drive, mostInFlight, type RunClock } from './drive.ts'
import { type Ledger, ledger } from './ledger.ts'
import type { Profile } from './profile.ts'

export interface RunOptions {
  profile: Profile
  /** Scheme, host and port. */
  target: string
  host: string
  insecure: boolean
  /** How long an answer may pause. */
  timeoutMs: number
  random: Random
  /** Ends the run: what is under way has a little time to be answered, and is not counted after that. */
  signal: AbortSignal
  /** Called with each second of the run and what was counted so far. */
  progress?(seconds: number, ledger: Ledger): void
}

export interface Done {
  ledger: Ledger
  seconds: number
}

/** Time for what is under way when a run is ended early, in milliseconds. */
const graceMs = 2_000

export async function run(options: RunOptions): Promise<Done> {
  const { profile, signal, progress } = options
  const book = ledger()
  const connections = profile.model.kind === 'closed' ? profile.model.workers : mostInFlight
  const asking = client({ ...options, origin: options.target, connections, now: clock.now })
  const startedAt = clock.now()
  const elapsed = () => clock.now() - startedAt
  const told = setInterval(() => progress?.(elapsed() / 1_000, book), 1_000)
  const cut = () => setTimeout(asking.cut, graceMs).unref()
  signal.addEventListener('abort', cut, { once: true })
  await drive({
    ...{ model: profile.model, limit: profile.limit, clock, random: options.random, signal },
    async send(dueAt) {
      const outcome = await asking.send(dueAt)
      if (outcome) book.record(outcome, elapsed())
    },
    skip(dueAt) {
      const outcome = { latencyMs: clock.now() - dueAt, status: 0, revision: '', bytes: 0 }
      book.record({ ...outcome, error: 'due, and not sent in time' }, elapsed())
    },
  })
  clearInterval(told)
  signal.removeEventListener('abort', cut)
  asking.cut()
  book.close()
  return { ledger: book, seconds: elapsed() / 1_000 }
}

const clock: RunClock = {
  now: () => performance.now(),
  // Unlike the runtime's own timers this one keeps the process alive: between two requests there is nothing else.
  pause: (ms, signal) =>
    new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    }),
}
