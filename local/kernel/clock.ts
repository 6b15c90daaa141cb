// Time as an argument: the system's clock, and one that stands still until a test moves it.

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs `task` once after `ms` milliseconds. A pending timer never keeps the process alive. */
  after(ms: number, task: () => void): Timer
  /** Runs `task` every `ms` milliseconds until cancelled. */
  every(ms: number, task: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const handle = setTimeout(task, ms).unref()
    return { cancel: () => clearTimeout(handle) }
  },
  every(ms, task) {
    const handle = setInterval(task, ms).unref()
    return { cancel: () => clearInterval(handle) }
  },
}

/** Resolves after `ms` milliseconds of `clock`; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    const stop = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}

interface Alarm {
  due: number
  order: number
  task: () => void
}

/** A clock for tests: `advance` runs what falls due, in order, and lets promises settle in between. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  readonly #alarms = new Set<Alarm>()
  readonly #settle: () => Promise<void>

  /** `settle` waits until what an alarm set off has come to rest; by default for promises of moderate depth. */
  constructor(start = Date.UTC(2026, 0, 1), settle = settlePromises) {
    this.#now = start
    this.#settle = settle
  }

  now(): number {
    return this.#now
  }

  after(ms: number, task: () => void): Timer {
    const alarm = { due: this.#now + Math.max(0, ms), order: this.#order++, task }
    this.#alarms.add(alarm)
    return { cancel: () => void this.#alarms.delete(alarm) }
  }

  every(ms: number, task: () => void): Timer {
    let current: Timer
    const arm = () => {
      current = this.after(ms, () => {
        arm()
        task()
      })
    }
    arm()
    return { cancel: () => current.cancel() }
  }

  /** Moves time on by `ms`, running each alarm at its own moment. */
  async advance(ms: number): Promise<void> {
    await this.#settle()
    const until = this.#now + ms
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#now = next.due
      this.#alarms.delete(next)
      next.task()
      await this.#settle()
    }
    this.#now = until
    await this.#settle()
  }

  #next(until: number): Alarm | undefined {
    let first: Alarm | undefined
    for (const alarm of this.#alarms) {
      if (alarm.due > until) continue
      if (!first || alarm.due < first.due || (alarm.due === first.due && alarm.order < first.order)) first = alarm
    }
    return first
  }
}

/** Lets promise chains of moderate depth run out. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
