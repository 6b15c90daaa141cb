// The durable log of all brokers: appends are on disk before they are answered, reads come from memory where possible.
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import { type Append, ownData } from './batch.ts'
import { Capacity, defaultLogLimits, type LogLimits } from './capacity.ts'
import { type Connection, connect } from './connection.ts'
import { GroupCommit } from './group-commit.ts'
import type { Progress } from './progress.ts'
import type { JourneyRow, LogReply, LogSize, ProgressUpdate, SavedProgress } from './protocol.ts'
import { decodeRecord, type LoggedEvent } from './record.ts'
import { type LogEntry, Tail } from './tail.ts'

interface Tracked {
  broker: string
  progress: Progress
}

const maxReadBytes = 4 * 1024 * 1024

/** Use `openLog`. One instance a file. */
export class EventLog {
  readonly #connection: Connection
  readonly #saved: Map<string, SavedProgress>
  readonly #log: Log
  readonly #capacity: Capacity
  readonly #commits: GroupCommit
  readonly #tail: Tail
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #tracked = new Map<string, Tracked>()
  #lastCommitted: number
  #over = false

  constructor(connection: Connection, { clock, log, limits }: Required<LogOptions>) {
    const { last, size, progress } = connection.opened
    this.#connection = connection
    this.#log = log
    this.#lastCommitted = last
    this.#saved = new Map(progress.map(one => [one.trigger, one]))
    this.#tail = new Tail(last, limits.tailBytes)
    this.#capacity = new Capacity(limits, size)
    this.#commits = new GroupCommit({
      ...{ connection, capacity: this.#capacity, clock, log, last },
      collect: () => this.#collect(),
      published: (first, batch) => this.#publish(first, batch),
    })
    connection.onNotice = reply => this.#notice(reply)
    connection.onLost = error => this.#lose(error)
  }

  /** What the file holds of triggers that are not tracked yet, by uid. */
  get saved(): ReadonlyMap<string, SavedProgress> {
    return this.#saved
  }

  /** Entries and bytes in the log, those still waiting for the disk included. */
  get size(): LogSize {
    return this.#capacity.size
  }

  /** The number of the newest entry: a trigger that starts now begins after it. */
  get last(): number {
    return this.#commits.last
  }

  /**
   * Resolves with the entry's number once it is on disk. Rejects with `LogFull` at the bound (`reserve` may use the
   * last tenth), or with the disk's error.
   */
  append(broker: string, logged: LoggedEvent, reserve = false): Promise<number> {
    return this.#commits.append(broker, logged, reserve)
  }

  /** Up to `limit` entries of `broker` after `after`; nothing of the broker stands between them up to `scanned`. */
  async read(broker: string, after: number, limit: number): Promise<{ entries: LogEntry[]; scanned: number }> {
    const recent = this.#tail.since(broker, after, limit)
    if (recent) {
      const scanned = recent.length < limit ? this.#lastCommitted : (recent.at(-1)?.seq ?? after)
      return { entries: recent, scanned }
    }
    const reply = await this.#connection.call({ type: 'read', broker, after, limit, maxBytes: maxReadBytes })
    if (reply.type !== 'entries') throw new Error(`unexpected answer ${reply.type} of the log`)
    const entries = reply.entries.map(raw => ({ seq: raw.seq, ...decodeRecord(raw.record) }))
    return { entries, scanned: reply.scanned }
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
    this.#commits.save({ trigger, broker, ...progress.drain() })
  }

  /** The trigger is gone for good: nothing is kept for it any longer. */
  forget(trigger: string): void {
    this.#saved.delete(trigger)
    this.#tracked.delete(trigger)
    this.#commits.forget(trigger)
  }

  /** Some tracked progress changed: it is saved with the next append, or in 20 ms. */
  touch(): void {
    this.#commits.touch()
  }

  /** The journal's rows, oldest first. */
  async journeys(): Promise<JourneyRow[]> {
    const reply = await this.#connection.call({ type: 'journeys' })
    return reply.type === 'journeys' ? reply.rows : []
  }

  /** Writes rows of the journal and removes others, apart from the log's own commits. */
  async saveJourneys(rows: JourneyRow[], gone: string[]): Promise<void> {
    await this.#connection.call({ type: 'journal', rows, gone })
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#commits.close(new Error('the event log is closed'))
    await this.#connection.close()
  }

  #collect(): ProgressUpdate[] {
    const changed = [...this.#tracked].filter(([, { progress }]) => progress.dirty)
    return changed.map(([trigger, { broker, progress }]) => ({ trigger, broker, ...progress.drain() }))
  }

  #publish(first: number, batch: readonly Append[]): void {
    if (batch.length === 0) return
    this.#lastCommitted = first + batch.length - 1
    const brokers = new Set<string>()
    for (const [index, one] of batch.entries()) {
      this.#tail.add(one.broker, first + index, ownData(one))
      brokers.add(one.broker)
      one.resolve(first + index)
    }
    // The senders' answers leave first: they are promises that go on before the next immediate.
    setImmediate(() => {
      for (const broker of brokers) this.#tell(broker)
    })
  }

  #tell(broker: string): void {
    for (const listener of [...(this.#listeners.get(broker) ?? [])]) listener()
  }

  #notice(reply: LogReply): void {
    // A size told between commits does not know of the batch under way, which is counted already.
    if (reply.type === 'size' && !this.#commits.committing) this.#capacity.hold(reply.size)
    if (reply.type === 'failed') this.#log('error', `event log: ${reply.message}`)
  }

  #lose(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#log('error', error.message)
    this.#commits.break(error)
  }
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
