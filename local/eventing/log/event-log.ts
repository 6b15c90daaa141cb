// The durable log of all brokers: appends are on disk before they are answered, reads come from memory where possible.
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { type Connection, connect } from './connection.ts'
import type { Progress } from './progress.ts'
import type { LogReply, LogSize, PackedEntries, ProgressUpdate, SavedProgress } from './protocol.ts'
import { decodeRecord, encodeRecord, type LoggedEvent } from './record.ts'
import { type LogEntry, Tail } from './tail.ts'

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

interface Append {
  broker: string
  logged: LoggedEvent
  record: Buffer
  resolve(seq: number): void
  reject(error: Error): void
}

interface Tracked {
  broker: string
  progress: Progress
}

const maxCommitBytes = 4 * 1024 * 1024
const maxReadBytes = 4 * 1024 * 1024
/** How long saving what triggers have done may wait for an append to ride with. */
const saveDelayMs = 20
const repeatAfterMs = 1_000

/** Use `openLog`. One instance a file. */
export class EventLog {
  readonly #connection: Connection
  readonly #saved: Map<string, SavedProgress>
  readonly #clock: Clock
  readonly #log: Log
  readonly #limits: LogLimits
  readonly #tail: Tail
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #tracked = new Map<string, Tracked>()
  #waiting: Append[] = []
  #waitingBytes = 0
  #committing = false
  #progress: ProgressUpdate[] = []
  #forget: string[] = []
  #saveTimer: Timer | undefined
  #lastAssigned: number
  #lastCommitted: number
  #size: LogSize
  // After a failed commit its changes are tried again before newer ones are collected.
  #retrying = false
  #broken: Error | undefined

  constructor(connection: Connection, options: Required<LogOptions>) {
    const { opened } = connection
    this.#connection = connection
    this.#clock = options.clock
    this.#log = options.log
    this.#limits = options.limits
    this.#lastAssigned = this.#lastCommitted = opened.last
    this.#size = opened.size
    this.#saved = new Map(opened.progress.map(one => [one.trigger, one]))
    this.#tail = new Tail(opened.last, this.#limits.tailBytes)
    connection.onNotice = reply => this.#notice(reply)
    connection.onLost = error => this.#break(error)
  }

  /** What the file holds of triggers that are not tracked yet, by uid. */
  get saved(): ReadonlyMap<string, SavedProgress> {
    return this.#saved
  }

  /** Entries and bytes in the log, those still waiting for the disk included. */
  get size(): LogSize {
    return { events: this.#size.events + this.#waiting.length, bytes: this.#size.bytes + this.#waitingBytes }
  }

  /** The number of the newest entry: a trigger that starts now begins after it. */
  get last(): number {
    return this.#lastAssigned
  }

  /**
   * Resolves with the entry's number once it is on disk. Rejects with `LogFull` at the bound (`reserve` may use the
   * last tenth), or with the disk's error.
   */
  append(broker: string, logged: LoggedEvent, reserve = false): Promise<number> {
    if (this.#broken) return Promise.reject(this.#broken)
    const record = encodeRecord(logged)
    if (!this.#hasRoom(record.length, reserve ? 1 : 0.9)) return Promise.reject(new LogFull())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ broker, logged, record, resolve, reject })
      this.#waitingBytes += record.length
      this.#schedule()
    })
  }

  /** Up to `limit` entries of `broker` after `after`; nothing of the broker stands between them up to `scanned`. */
  async read(broker: string, after: number, limit: number): Promise<{ entries: LogEntry[]; scanned: number }> {
    const recent = this.#tail.since(broker, after, limit)
    if (recent)
      return { entries: recent, scanned: recent.length < limit ? this.#lastCommitted : (recent.at(-1)?.seq ?? after) }
    const reply = await this.#connection.call({ type: 'read', broker, after, limit, maxBytes: maxReadBytes })
    if (reply.type !== 'entries') throw new Error(`unexpected answer ${reply.type} of the log`)
    return {
      entries: reply.entries.map(raw => ({ seq: raw.seq, ...decodeRecord(raw.record) })),
      scanned: reply.scanned,
    }
  }

  /** One entry by its number; undefined when it is gone. */
  async get(seq: number): Promise<LogEntry | undefined> {
    const reply = await this.#connection.call({ type: 'get', seq })
    const raw = reply.type === 'entries' ? reply.entries[0] : undefined
    return raw ? { seq, ...decodeRecord(raw.record) } : undefined
  }

  /** Calls `listener` when entries of `broker` became readable. Returns how to stop. */
  onAppend(broker: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(broker) ?? new Set()
    this.#listeners.set(broker, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(broker) === listeners) this.#listeners.delete(broker)
    }
  }

  /** Keeps what `progress` has not done from deletion, and its changes on disk, under the trigger's uid. */
  track(trigger: string, broker: string, progress: Progress): void {
    this.#saved.delete(trigger)
    this.#tracked.set(trigger, { broker, progress })
    this.#forget = this.#forget.filter(one => one !== trigger)
    this.#progress.push({ trigger, broker, ...progress.drain() })
    this.#schedule()
  }

  /** The trigger is gone for good: nothing is kept for it any longer. */
  forget(trigger: string): void {
    this.#saved.delete(trigger)
    this.#tracked.delete(trigger)
    this.#progress = this.#progress.filter(one => one.trigger !== trigger)
    this.#forget.push(trigger)
    this.#schedule()
  }

  /** Some tracked progress changed: it is saved with the next append, or in 20 ms. */
  touch(): void {
    this.#saveTimer ??= this.#clock.after(saveDelayMs, () => {
      this.#saveTimer = undefined
      this.#schedule()
    })
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    this.#saveTimer?.cancel()
    if (this.#broken) return
    while (this.#committing) await new Promise(resolve => setImmediate(resolve))
    this.#committing = true
    while (await this.#commit()) if (this.#waiting.length === 0) break
    this.#break(new Error('the event log is closed'), 'debug')
    await this.#connection.close()
  }

  #hasRoom(bytes: number, share: number): boolean {
    const { events, bytes: held } = this.size
    if (this.#waitingBytes + bytes > this.#limits.maxWaitingBytes) return false
    return events < this.#limits.maxEvents * share && held + bytes <= this.#limits.maxBytes * share
  }

  // One commit is under way at a time: what arrives meanwhile rides together in the next.
  #schedule(): void {
    if (this.#committing || this.#broken) return
    this.#committing = true
    queueMicrotask(() => void this.#loop())
  }

  async #loop(): Promise<void> {
    do {
      const saved = await this.#commit()
      if (!saved) break
    } while (this.#waiting.length > 0 || this.#forget.length > 0)
    this.#committing = false
  }

  /** False when the disk refused. What triggers have done is then tried again later. */
  async #commit(): Promise<boolean> {
    const batch = this.#takeBatch()
    const forget = this.#forget.splice(0)
    this.#collectProgress()
    const progress = this.#progress.splice(0)
    const first = this.#lastAssigned + 1
    this.#lastAssigned += batch.length
    const entries = batch.length > 0 ? pack(first, batch) : undefined
    try {
      const transfer = entries ? [entries.records.buffer] : []
      const reply = await this.#connection.call({ type: 'commit', entries, progress, forget }, transfer)
      if (reply.type === 'committed') this.#size = reply.size
      this.#retrying = false
      this.#publish(first, batch)
      return true
    } catch (error) {
      this.#progress.unshift(...progress)
      this.#forget.unshift(...forget)
      this.#refuse(batch, error)
      return false
    }
  }

  #takeBatch(): Append[] {
    let bytes = 0
    let count = 0
    for (const { record } of this.#waiting) {
      if (count > 0 && bytes + record.length > maxCommitBytes) break
      bytes += record.length
      count += 1
    }
    this.#waitingBytes -= bytes
    // Until the disk has answered they count as held.
    this.#size = { events: this.#size.events + count, bytes: this.#size.bytes + bytes }
    return this.#waiting.splice(0, count)
  }

  #collectProgress(): void {
    if (this.#retrying) return
    for (const [trigger, { broker, progress }] of this.#tracked) {
      if (progress.dirty) this.#progress.push({ trigger, broker, ...progress.drain() })
    }
  }

  #publish(first: number, batch: readonly Append[]): void {
    if (batch.length === 0) return
    this.#lastCommitted = first + batch.length - 1
    const brokers = new Set<string>()
    for (const [index, { broker, logged, record, resolve }] of batch.entries()) {
      this.#tail.add(broker, first + index, ownData(logged, record), record.length)
      brokers.add(broker)
      resolve(first + index)
    }
    for (const broker of brokers) for (const listener of [...(this.#listeners.get(broker) ?? [])]) listener()
  }

  #refuse(batch: readonly Append[], error: unknown): void {
    this.#log('error', `the event log could not be written: ${messageOf(error)}`)
    for (const one of batch) {
      this.#size = { events: this.#size.events - 1, bytes: this.#size.bytes - one.record.length }
      one.reject(error instanceof Error ? error : new Error(messageOf(error)))
    }
    this.#retrying = true
    this.#clock.after(repeatAfterMs, () => this.#schedule())
  }

  #notice(reply: LogReply): void {
    // A size told between commits does not know of the batch under way, which is counted already.
    if (reply.type === 'size' && !this.#committing) this.#size = reply.size
    if (reply.type === 'failed') this.#log('error', `event log: ${reply.message}`)
  }

  #break(error: Error, level: 'debug' | 'error' = 'error'): void {
    if (this.#broken) return
    this.#broken = error
    this.#log(level, error.message)
    for (const one of this.#waiting.splice(0)) one.reject(error)
  }
}

// The data as a part of the record, for that of the request may be a small part of a large network buffer.
function ownData({ event, headers }: LoggedEvent, record: Buffer): LoggedEvent {
  const data = event.data && record.subarray(record.length - event.data.length)
  return { event: { attributes: event.attributes, data }, headers }
}

function pack(first: number, batch: readonly Append[]): PackedEntries {
  const total = batch.reduce((sum, { record }) => sum + record.length, 0)
  const records = new Uint8Array(total)
  let end = 0
  const ends = batch.map(({ record }) => {
    records.set(record, end)
    end += record.length
    return end
  })
  return { first, brokers: batch.map(one => one.broker), ends, records }
}

export interface LogOptions {
  clock: Clock
  log: Log
  limits?: LogLimits
}

/** Opens or creates the log in `file`. Rejects with a `SkiffError` when that is no log or cannot be read. */
export async function openLog(file: string, options: LogOptions): Promise<EventLog> {
  return new EventLog(await connect(file), { limits: defaultLogLimits, ...options })
}
