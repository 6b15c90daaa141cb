// Which requests begin a trace that is kept: a share of them, and no more than this machine should spend on.
import type { Random } from '../../kernel/random.ts'

/** New traces at once. A person, a test or a page stays below it. */
const burst = 100
/** And in the long run, each second: a load must not be slowed. */
const perSecond = 20

/** A bucket of `burst` traces that fills again by `perSecond`. */
export class Sampler {
  readonly #random: Random
  #room = burst
  #filledAt = Number.NEGATIVE_INFINITY

  constructor(random: Random) {
    this.#random = random
  }

  /** False when the traces for now (milliseconds) are used up: asked first, since it costs the least. */
  hasRoom(now: number): boolean {
    const passed = Math.max(0, now - this.#filledAt)
    this.#room = Math.min(burst, this.#room + (passed * perSecond) / 1_000)
    this.#filledAt = now
    return this.#room >= 1
  }

  /** Draws for a request that nobody has decided about; `percent` from 0 to 100. */
  takes(percent: number): boolean {
    if (percent < 100 && this.#random.next() * 100 >= percent) return false
    this.count()
    return true
  }

  /** A caller has decided for it. */
  count(): void {
    this.#room--
  }
}
