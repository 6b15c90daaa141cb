// One entry of the log as bytes: the length of a JSON head (attributes and headers), the head, the data.
import type { CloudEvent } from '../cloudevents/event.ts'

/** What the log keeps of an event: itself, and the headers that travel with it (flat). */
export interface LoggedEvent {
  event: CloudEvent
  headers: readonly string[]
  /** The one consumer it is meant for, by its name: a replay. Without it, all whose filter it passes. */
  only?: string | undefined
  /** All of the above as bytes, where they are known already. */
  record?: Buffer
}

/** An event whose bytes are known. */
export interface Recorded extends LoggedEvent {
  record: Buffer
}

/** The event as bytes: encoded once, however many keep it. */
export const recordOf = (logged: LoggedEvent): Buffer => logged.record ?? encodeRecord(logged)

const lengthBytes = 4

/** Attributes and headers as JSON before the raw data: attributes are few, data may be large and binary. */
export function encodeRecord({ event, headers, only }: LoggedEvent): Buffer {
  const head = JSON.stringify([event.attributes, headers, event.data !== undefined, only])
  const headBytes = Buffer.byteLength(head)
  const record = Buffer.allocUnsafe(lengthBytes + headBytes + (event.data?.length ?? 0))
  record.writeUInt32LE(headBytes, 0)
  record.write(head, lengthBytes)
  event.data?.copy(record, lengthBytes + headBytes)
  return record
}

/** The inverse of `encodeRecord`. The data is a view of `record`, which goes with it. */
export function decodeRecord(record: Uint8Array): Recorded {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  const end = lengthBytes + bytes.readUInt32LE(0)
  const [attributes, headers, hasData, only] = JSON.parse(bytes.toString('utf8', lengthBytes, end)) as [
    Record<string, string>,
    string[],
    boolean,
    (string | null)?,
  ]
  const event = { attributes, data: hasData ? bytes.subarray(end) : undefined }
  return only ? { event, headers, only, record: bytes } : { event, headers, record: bytes }
}
