// The two clocks of a route: one for the whole answer, one for each try.
import type { Deadline } from '../deadlines.ts'
import type { Wire } from '../wire.ts'

const never = Number.POSITIVE_INFINITY

export class TryTimer implements Deadline {
  dueAt = never
  readonly #wire: Wire
  readonly #expired: (perTry: boolean) => void
  #wholeDue = never
  #tryDue = never

  /** `expired` is told whether the time of the present try is up, or that of the route. */
  constructor(wire: Wire, expired: (perTry: boolean) => void) {
    this.#wire = wire
    this.#expired = expired
  }

  /** The request is whole: from here the route's time runs. 0 is no limit. */
  begin(ms: number): void {
    if (ms > 0) this.#set(this.#wire.clock.now() + ms, this.#tryDue)
  }

  beginTry(ms: number): void {
    if (ms > 0) this.#set(this.#wholeDue, this.#wire.clock.now() + ms)
  }

  endTry(): void {
    this.#set(this.#wholeDue, never)
  }

  stop(): void {
    this.#set(never, never)
  }

  /** What is left of the route's time, at least 1; 0 where there is no limit. */
  get leftMs(): number {
    return this.#wholeDue === never ? 0 : Math.max(1, this.#wholeDue - this.#wire.clock.now())
  }

  expire(): void {
    const whole = this.#wire.clock.now() >= this.#wholeDue
    this.#tryDue = never
    if (whole) this.#wholeDue = never
    this.#set(this.#wholeDue, never)
    this.#expired(!whole)
  }

  #set(wholeDue: number, tryDue: number): void {
    this.#wholeDue = wholeDue
    this.#tryDue = tryDue
    const due = Math.min(wholeDue, tryDue)
    if (due === this.dueAt) return
    this.dueAt = due
    if (due === never) this.#wire.deadlines.remove(this)
    else this.#wire.deadlines.add(this)
  }
}
