// Level-triggered controllers: a queue of keys, one reconcile at a time a key, failures retried with back-off.
import type { Clock, Timer } from './clock.ts'
import { messageOf, StatusError } from './errors.ts'
import type { Log } from './log.ts'

/** What a reconcile asks for: nothing, or to be called again after some milliseconds. */
export type ReconcileResult = undefined | { againAfterMs: number }

export interface QueueOptions {
  name: string
  clock: Clock
  log: Log
  /** Brings the world of one key in line with its objects. Throwing means: try again later. */
  reconcile(key: string): ReconcileResult | Promise<ReconcileResult>
  /** Begins at the end of the turn of the event loop: for what comes of many other changes, to see them all at once. */
  atEndOfTurn?: boolean
}

const firstBackoffMs = 5
const longestBackoffMs = 30_000

/**
 * A work queue of keys. A key added while it is worked on is worked on once more; a key that fails comes back after
 * 5 ms, doubling up to 30 s. Conflicts are retried at once and not logged: they are how optimistic writers meet.
 */
export class WorkQueue {
  readonly #options: QueueOptions
  readonly #waiting = new Set<string>()
  readonly #active = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, Timer>()
  readonly #idle: (() => void)[] = []
  #reconciling: string | undefined
  #scheduled = false
  #stopped = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** The key whose reconcile is on the stack right now: whatever changes at this moment is its own doing. */
  get reconciling(): string | undefined {
    return this.#reconciling
  }

  add(key: string): void {
    if (this.#stopped) return
    this.#waiting.add(key)
    this.#schedule()
  }

  addAfter(key: string, ms: number): void {
    if (this.#stopped) return
    this.#timers.get(key)?.cancel()
    this.#timers.set(
      key,
      this.#options.clock.after(ms, () => {
        this.#timers.delete(key)
        this.add(key)
      }),
    )
  }

  /** Resolves when nothing waits and nothing is worked on (timers may still be pending). */
  settled(): Promise<void> {
    if (this.#waiting.size === 0 && this.#active.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  stop(): void {
    this.#stopped = true
    this.#waiting.clear()
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const begin = this.#options.atEndOfTurn ? setImmediate : queueMicrotask
    begin(() => {
      this.#scheduled = false
      for (const key of [...this.#waiting]) if (!this.#active.has(key)) void this.#work(key)
    })
  }

  async #work(key: string): Promise<void> {
    this.#waiting.delete(key)
    this.#active.add(key)
    try {
      const result = await this.#begin(key)
      this.#failures.delete(key)
      if (result) this.addAfter(key, result.againAfterMs)
    } catch (error) {
      this.#retry(key, error)
    }
    this.#active.delete(key)
    if (this.#waiting.has(key)) this.#schedule()
    else if (this.#active.size === 0 && this.#waiting.size === 0) for (const done of this.#idle.splice(0)) done()
  }

  #begin(key: string): ReconcileResult | Promise<ReconcileResult> {
    this.#reconciling = key
    try {
      return this.#options.reconcile(key)
    } finally {
      this.#reconciling = undefined
    }
  }

  #retry(key: string, error: unknown): void {
    if (this.#stopped) return
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const conflict = error instanceof StatusError && error.reason === 'Conflict'
    if (!conflict) {
      const stack = error instanceof Error ? error.stack : undefined
      this.#options.log('warn', `${this.#options.name} ${key}: ${messageOf(error)}`, { failures, stack })
    }
    this.addAfter(key, Math.min(firstBackoffMs * 2 ** (failures - 1), longestBackoffMs))
  }
}
