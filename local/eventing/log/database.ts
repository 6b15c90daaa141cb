// The log's SQLite file: entries, how far each trigger is, and the deletion of what every trigger is done with.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { JourneyRow, LogSize, PackedEntries, ProgressUpdate, RawEntry, SavedProgress } from './protocol.ts'

// FULL makes each commit wait for the disk: an entry that was answered is there after a power cut. Copying from the WAL
// into the file makes everybody wait: a longer WAL holds each page that is written again and again only once then.
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, broker TEXT NOT NULL, record BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS entries_by_broker ON entries (broker);
  CREATE TABLE IF NOT EXISTS progress (trigger TEXT PRIMARY KEY, broker TEXT NOT NULL, read INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS open (
    trigger TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (trigger, seq)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS journeys (
    key TEXT PRIMARY KEY, at INTEGER NOT NULL, journey TEXT NOT NULL, record BLOB NOT NULL
  );
`

interface TriggerState {
  broker: string
  read: number
  open: Set<number>
}

const statements = {
  insert: 'INSERT INTO entries VALUES (?, ?, ?)',
  read: 'SELECT seq, record FROM entries WHERE broker = ? AND seq > ? ORDER BY seq LIMIT ?',
  get: 'SELECT seq, record FROM entries WHERE seq = ?',
  saveRead: 'INSERT OR REPLACE INTO progress VALUES (?, ?, ?)',
  saveOpen: 'INSERT OR REPLACE INTO open VALUES (?, ?, ?)',
  dropOpen: 'DELETE FROM open WHERE trigger = ? AND seq = ?',
  forgetRead: 'DELETE FROM progress WHERE trigger = ?',
  forgetOpen: 'DELETE FROM open WHERE trigger = ?',
  saveJourney: 'INSERT INTO journeys VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET journey = excluded.journey',
  dropJourney: 'DELETE FROM journeys WHERE key = ?',
  journeys: 'SELECT key, at, journey, record FROM journeys ORDER BY at, rowid',
  compact: `DELETE FROM entries WHERE seq IN (
    SELECT seq FROM entries WHERE broker = ? AND seq <= ? AND seq NOT IN (SELECT value FROM json_each(?))
    ORDER BY seq LIMIT ?) RETURNING length(record) AS bytes`,
} as const

/** One connection to the file; all calls are synchronous, so it lives on the worker thread. */
export class LogDatabase {
  readonly size: LogSize
  last: number
  readonly #db: DatabaseSync
  readonly #run: Record<keyof typeof statements, StatementSync>
  readonly #triggers = new Map<string, TriggerState>()
  // Brokers that may have entries nobody waits for any more.
  readonly #untidy: Set<string>

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(schema)
    const prepared = Object.entries(statements).map(([name, sql]) => [name, this.#db.prepare(sql)])
    this.#run = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>
    for (const { trigger, broker, read, open } of this.progress()) {
      this.#triggers.set(trigger, { broker, read, open: new Set(open.map(([seq]) => seq)) })
    }
    const totals =
      'SELECT count(*) AS events, coalesce(sum(length(record)), 0) AS bytes, coalesce(max(seq), 0) AS last FROM entries'
    const { last, ...size } = this.#db.prepare(totals).get() as unknown as LogSize & { last: number }
    this.size = size
    // Numbers are never given twice: also those of deleted entries count that a trigger has passed.
    this.last = Math.max(last, ...[...this.#triggers.values()].map(state => state.read))
    const brokers = this.#db.prepare('SELECT DISTINCT broker FROM entries').all() as { broker: string }[]
    this.#untidy = new Set(brokers.map(row => row.broker))
  }

  /** How far each trigger was when that was last saved. */
  progress(): SavedProgress[] {
    const rows = this.#db.prepare('SELECT trigger, broker, read FROM progress').all() as unknown as SavedProgress[]
    const open = this.#db.prepare('SELECT seq, state FROM open WHERE trigger = ? ORDER BY seq')
    return rows.map(row => {
      const states = open.all(row.trigger) as { seq: number; state: string }[]
      return { ...row, open: states.map(({ seq, state }) => [seq, JSON.parse(state)]) }
    })
  }

  /** Writes all of it in one transaction; throws, with nothing written, when that fails. */
  commit(entries: PackedEntries | undefined, progress: readonly ProgressUpdate[], forget: readonly string[]): void {
    this.#transaction(() => {
      if (entries) this.#insert(entries)
      for (const update of progress) this.#save(update)
      for (const trigger of forget) {
        this.#run.forgetRead.run(trigger)
        this.#run.forgetOpen.run(trigger)
      }
    })
    this.#remember(entries, progress, forget)
  }

  read(broker: string, after: number, limit: number, maxBytes: number): { entries: RawEntry[]; scanned: number } {
    const entries: RawEntry[] = []
    let bytes = 0
    for (const row of this.#run.read.iterate(broker, after, limit)) {
      const entry = row as unknown as RawEntry
      entries.push(entry)
      bytes += entry.record.length
      if (bytes >= maxBytes) break
    }
    const partial = entries.length === limit || bytes >= maxBytes
    return { entries, scanned: partial ? (entries.at(-1)?.seq ?? after) : this.last }
  }

  get(seq: number): RawEntry | undefined {
    return this.#run.get.get(seq) as unknown as RawEntry | undefined
  }

  /** Deletes up to `limit` entries that every trigger of their broker is done with. True when more may remain. */
  compact(limit: number): boolean {
    for (const broker of this.#untidy) {
      const rows = this.#lazily(() => this.#compactBroker(broker, limit))
      this.size.events -= rows.length
      for (const row of rows) this.size.bytes -= row.bytes
      if (rows.length < limit) this.#untidy.delete(broker)
      break
    }
    return this.#untidy.size > 0
  }

  /** Saved journeys, oldest first. */
  journeys(): JourneyRow[] {
    return this.#run.journeys.all() as unknown as JourneyRow[]
  }

  saveJourneys(rows: readonly JourneyRow[], gone: readonly string[]): void {
    this.#lazily(() => {
      for (const { key, at, journey, record } of rows) this.#run.saveJourney.run(key, at, journey, record)
      for (const key of gone) this.#run.dropJourney.run(key)
    })
  }

  close(): void {
    this.#db.close()
  }

  #compactBroker(broker: string, limit: number): { bytes: number }[] {
    const triggers = [...this.#triggers.values()].filter(state => state.broker === broker)
    const passed = Math.min(this.last, ...triggers.map(state => state.read))
    const open = new Set(triggers.flatMap(state => [...state.open]))
    return this.#run.compact.all(broker, passed, JSON.stringify([...open]), limit) as { bytes: number }[]
  }

  #insert({ first, brokers, ends, records }: PackedEntries): void {
    let start = 0
    for (const [index, end] of ends.entries()) {
      this.#run.insert.run(first + index, brokers[index] ?? '', records.subarray(start, end))
      start = end
    }
  }

  #save({ trigger, broker, read, open }: ProgressUpdate): void {
    this.#run.saveRead.run(trigger, broker, read)
    for (const [seq, state] of open) {
      if (state) this.#run.saveOpen.run(trigger, seq, JSON.stringify(state))
      else this.#run.dropOpen.run(trigger, seq)
    }
  }

  // The same change in memory, once it is on disk.
  #remember(entries: PackedEntries | undefined, progress: readonly ProgressUpdate[], forget: readonly string[]): void {
    if (entries) {
      this.size.events += entries.ends.length
      this.size.bytes += entries.records.length
      this.last = Math.max(this.last, entries.first + entries.ends.length - 1)
      for (const broker of entries.brokers) if (!this.#watched(broker)) this.#untidy.add(broker)
    }
    for (const { trigger, broker, read, open } of progress) {
      const state = this.#triggers.get(trigger) ?? { broker, read, open: new Set() }
      for (const [seq, still] of open) still ? state.open.add(seq) : state.open.delete(seq)
      this.#triggers.set(trigger, { ...state, broker, read })
      this.#untidy.add(broker)
    }
    for (const trigger of forget) {
      const state = this.#triggers.get(trigger)
      if (state) this.#untidy.add(state.broker)
      this.#triggers.delete(trigger)
    }
  }

  #watched(broker: string): boolean {
    for (const state of this.#triggers.values()) if (state.broker === broker) return true
    return false
  }

  /**
   * A transaction that does not wait for the disk: nobody was told of it, and the next commit takes it along. A power cut
   * loses only the end of the WAL, so never this without all that came after it.
   */
  #lazily<T>(work: () => T): T {
    this.#db.exec('PRAGMA synchronous = NORMAL')
    try {
      return this.#transaction(work)
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL')
    }
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }
}
