// The newest entries in memory, bounded in bytes, so that triggers that keep up never read from disk.
import { decodeRecord, type Recorded } from './record.ts'

export interface LogEntry extends Recorded {
  seq: number
}

interface Kept {
  broker: string
  seq: number
  record: Buffer
  /** As objects, as long as it is among the newest. */
  entry: LogEntry | undefined
}

/**
 * The newest entries that are kept as objects too: triggers that keep up read no others. Of the older ones there are the
 * bytes alone, which cost the collector of garbage nothing.
 */
const readyEntries = 512

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

  add(broker: string, seq: number, { event, headers, only, record }: Recorded): void {
    this.#kept.push({ broker, seq, record, entry: { seq, event, headers, only, record } })
    this.#bytes += record.length
    const passed = this.#kept.at(-1 - readyEntries)
    if (passed) passed.entry = undefined
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
      const one = this.#kept[index]
      if (one?.broker === broker) found.push(one.entry ?? { seq: one.seq, ...decodeRecord(one.record) })
    }
    return found
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#head]
    if (!oldest) return
    this.#kept[this.#head] = released
    this.#head += 1
    this.#bytes -= oldest.record.length
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

const released: Kept = { broker: '', seq: 0, record: Buffer.alloc(0), entry: undefined }
