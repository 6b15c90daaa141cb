// What the log says to its worker thread and hears from it.
import type { Open, ProgressChange } from './progress.ts'

/** New entries in order, packed so that one buffer moves to the worker without a copy. */
export interface PackedEntries {
  /** The number of the first; the others follow without gaps. */
  first: number
  brokers: string[]
  /** Where each record ends in `records`. */
  ends: number[]
  records: Uint8Array<ArrayBuffer>
}

/** What is to be saved of one trigger. */
export interface ProgressUpdate extends ProgressChange {
  trigger: string
  broker: string
}

export type LogRequest =
  /** Everything in one transaction, on disk before the answer. `forget` names triggers that are gone. */
  | { type: 'commit'; id: number; entries: PackedEntries | undefined; progress: ProgressUpdate[]; forget: string[] }
  /** Entries of `broker` after number `after`, at most `limit`, and no more once `maxBytes` are reached. */
  | { type: 'read'; id: number; broker: string; after: number; limit: number; maxBytes: number }
  | { type: 'get'; id: number; seq: number }
  | { type: 'journeys'; id: number }
  /** Journeys to be written, and keys of those to be removed. */
  | { type: 'journal'; id: number; rows: JourneyRow[]; gone: string[] }
  | { type: 'close'; id: number }

/** A journey of the journal as text, and the record of its event. */
export interface JourneyRow {
  key: string
  at: number
  journey: string
  record: Uint8Array
}

export interface RawEntry {
  seq: number
  record: Uint8Array
}

/** What a log holds: number of entries, and bytes of their records. */
export interface LogSize {
  events: number
  bytes: number
}

export interface SavedProgress {
  trigger: string
  broker: string
  read: number
  open: [seq: number, open: Open][]
}

export type LogReply =
  | { type: 'opened'; last: number; size: LogSize; progress: SavedProgress[] }
  | { type: 'size'; size: LogSize }
  | { type: 'committed'; id: number; size: LogSize }
  /** `scanned`: up to where no further entry of the broker stands. */
  | { type: 'entries'; id: number; entries: RawEntry[]; scanned: number }
  | { type: 'journeys'; id: number; rows: JourneyRow[] }
  | { type: 'closed'; id: number }
  | { type: 'failed'; id: number | undefined; message: string }
