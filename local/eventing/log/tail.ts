// The newest entries in memory, bounded in bytes, so that triggers that keep up never read from disk.
import type { LoggedEvent } from './record.ts'

export interface LogEntry extends LoggedEvent {
  seq: number
}

interface Kept extends LogEntry {
  broker: string
  bytes: number
}

/** A window over the end of the log. Entries come in ascending order. */
export class Tail {
  readonly #maxBytes: number
  #kept: Kept[] = []
  // Index of the oldest entry still kept: cheaper than shifting the array for each one dropped.
  #head = 0
  #bytes = 0
  #floor: number

  /** `floor`: the last number before the window begins. */
  constructor(floor: number, maxBytes: number) {
    this.#floor = floor
    this.#maxBytes = maxBytes
  }

  add(broker: string, seq: number, logged: LoggedEvent, bytes: number): void {
    const { event, headers, only } = logged
    this.#kept.push({ broker, seq, event, headers, only, bytes })
    this.#bytes += bytes
    while (this.#bytes > this.#maxBytes) this.#dropOldest()
    if (this.#head > 1_024 && this.#head * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head)
      this.#head = 0
    }
  }

  /** Up to `limit` entries of `broker` after `after`; undefined when the window no longer reaches back that far. */
  since(broker: string, after: number, limit: number): LogEntry[] | undefined {
    if (after < this.#floor) return undefined
    const found: LogEntry[] = []
    for (let index = this.#firstAfter(after); index < this.#kept.length && found.length < limit; index++) {
      const entry = this.#kept[index]
      if (entry?.broker === broker) found.push(entry)
    }
    return found
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#head]
    if (!oldest) return
    this.#kept[this.#head] = released
    this.#head += 1
    this.#bytes -= oldest.bytes
    this.#floor = oldest.seq
  }

  #firstAfter(seq: number): number {
    let low = this.#head
    let high = this.#kept.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#kept[middle]?.seq ?? 0) > seq) high = middle
      else low = middle + 1
    }
    return low
  }
}

const released: Kept = { broker: '', seq: 0, bytes: 0, event: { attributes: {}, data: undefined }, headers: [] }
