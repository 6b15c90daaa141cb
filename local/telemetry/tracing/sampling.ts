// Which requests begin a trace that is kept: a share of them, and no more a second than this machine should spend on.
import type { Random } from '../../kernel/random.ts'

/** New traces a second. A person, a test or a page stays below it; a load does not, and must not be slowed. */
const mostPerSecond = 100
const secondMs = 1_000

export class Sampler {
  readonly #random: Random
  #second = 0
  #begun = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** False when the second of `now` has had its traces: asked first, since it costs the least. */
  hasRoom(now: number): boolean {
    const second = Math.floor(now / secondMs)
    if (second !== this.#second) {
      this.#second = second
      this.#begun = 0
    }
    return this.#begun < mostPerSecond
  }

  /** Draws for a request that nobody has decided about; `percent` from 0 to 100. */
  takes(percent: number): boolean {
    if (percent < 100 && this.#random.next() * 100 >= percent) return false
    this.#begun++
    return true
  }

  /** A caller has decided for it. */
  count(): void {
    this.#begun++
  }
}
