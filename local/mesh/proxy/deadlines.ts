// Many deadlines on one timer: setting and clearing one costs no more than an entry in a set.
import type { Clock, Timer } from '../../kernel/clock.ts'

export interface Deadline {
  /** Milliseconds since the epoch. May move later at any time without a word. */
  dueAt: number
  /** Called once, after `dueAt`, unless removed before. */
  expire(): void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #pending = new Set<Deadline>()
  #timer: Timer | undefined
  #timerDue = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** From now on the deadline is in `ms` milliseconds; 0: there is none. */
  set(deadline: Deadline, ms: number): void {
    if (ms > 0) {
      deadline.dueAt = this.#clock.now() + ms
      this.add(deadline)
    } else if (deadline.dueAt !== Number.POSITIVE_INFINITY) {
      deadline.dueAt = Number.POSITIVE_INFINITY
      this.remove(deadline)
    }
  }

  add(deadline: Deadline): void {
    this.#pending.add(deadline)
    if (deadline.dueAt < this.#timerDue) this.#arm(deadline.dueAt)
  }

  remove(deadline: Deadline): void {
    this.#pending.delete(deadline)
  }

  #arm(dueAt: number): void {
    this.#timer?.cancel()
    this.#timerDue = dueAt
    this.#timer = this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => this.#sweep())
  }

  #sweep(): void {
    this.#timer = undefined
    this.#timerDue = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const deadline of [...this.#pending]) {
      if (deadline.dueAt > now) next = Math.min(next, deadline.dueAt)
      else if (this.#pending.delete(deadline)) deadline.expire()
    }
    if (next < this.#timerDue) this.#arm(next)
  }
}
