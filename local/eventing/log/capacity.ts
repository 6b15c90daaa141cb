// How much the log may hold and holds: on disk, and still waiting for it.
import type { LogSize } from './protocol.ts'

export interface LogLimits {
  /** Entries and bytes the log may hold; ingress is refused a tenth earlier, so that replies still find room. */
  maxEvents: number
  maxBytes: number
  /** Bytes that may wait for the disk. */
  maxWaitingBytes: number
  /** Bytes of the newest entries kept in memory. */
  tailBytes: number
}

export const defaultLogLimits: LogLimits = {
  maxEvents: 1_000_000,
  maxBytes: 512 * 1024 * 1024,
  maxWaitingBytes: 32 * 1024 * 1024,
  tailBytes: 16 * 1024 * 1024,
}

/** The log is at its bound: try again later. */
export class LogFull extends Error {
  constructor() {
    super('the log is full: subscribers do not keep up')
    this.name = 'LogFull'
  }
}

const ingressShare = 0.9

export class Capacity {
  readonly #limits: LogLimits
  #held: LogSize
  #waiting: LogSize = { events: 0, bytes: 0 }

  constructor(limits: LogLimits, held: LogSize) {
    this.#limits = limits
    this.#held = held
  }

  /** Entries and bytes, those still waiting for the disk included. */
  get size(): LogSize {
    return { events: this.#held.events + this.#waiting.events, bytes: this.#held.bytes + this.#waiting.bytes }
  }

  /** One more of `bytes` waits. False, with nothing changed, when there is no room; `reserve` may use the last tenth. */
  enter(bytes: number, reserve: boolean): boolean {
    const { maxEvents, maxBytes, maxWaitingBytes } = this.#limits
    const share = reserve ? 1 : ingressShare
    const size = this.size
    if (size.events >= maxEvents * share || size.bytes + bytes > maxBytes * share) return false
    if (this.#waiting.bytes + bytes > maxWaitingBytes) return false
    this.#waiting = plus(this.#waiting, { events: 1, bytes })
    return true
  }

  /** That much is on its way to the disk: until it answers, it counts as held. */
  leaveFor(disk: LogSize): void {
    this.#waiting = minus(this.#waiting, disk)
    this.#held = plus(this.#held, disk)
  }

  /** The disk refused that much. */
  drop(refused: LogSize): void {
    this.#held = minus(this.#held, refused)
  }

  /** What the disk holds, as it says itself. */
  hold(size: LogSize): void {
    this.#held = size
  }
}

const plus = (a: LogSize, b: LogSize): LogSize => ({ events: a.events + b.events, bytes: a.bytes + b.bytes })
const minus = (a: LogSize, b: LogSize): LogSize => ({ events: a.events - b.events, bytes: a.bytes - b.bytes })
