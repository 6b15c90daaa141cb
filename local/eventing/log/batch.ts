// Appends that ride together in one commit.
import type { LogSize, PackedEntries } from './protocol.ts'
import type { LoggedEvent, Recorded } from './record.ts'

export interface Append {
  broker: string
  logged: LoggedEvent
  record: Buffer
  resolve(seq: number): void
  reject(error: Error): void
}

/** The first of `waiting`, up to `maxBytes` of records but at least one; they are taken out. */
export function takeBatch(waiting: Append[], maxBytes: number): Append[] {
  let bytes = 0
  let count = 0
  for (const { record } of waiting) {
    if (count > 0 && bytes + record.length > maxBytes) break
    bytes += record.length
    count += 1
  }
  return waiting.splice(0, count)
}

export function sizeOf(batch: readonly Append[]): LogSize {
  return { events: batch.length, bytes: batch.reduce((sum, { record }) => sum + record.length, 0) }
}

/** One buffer for all records, which moves to the worker without a copy. `first` is the number of the first entry. */
export function pack(first: number, batch: readonly Append[]): PackedEntries {
  const records = new Uint8Array(sizeOf(batch).bytes)
  let end = 0
  const ends = batch.map(({ record }) => {
    records.set(record, end)
    end += record.length
    return end
  })
  return { first, brokers: batch.map(one => one.broker), ends, records }
}

/** The event with its record, of which the data is a part: that of the request may lie in a large network buffer. */
export function ownData({ logged, record }: Append): Recorded {
  const { event } = logged
  const data = event.data && record.subarray(record.length - event.data.length)
  return { ...logged, event: { attributes: event.attributes, data }, record }
}
