// Keeps the object store in SQLite: changes of one turn of the event loop are written in one transaction.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { messageOf, SkiffError } from './errors.ts'
import { formatKind, type KubeObject, keyOf } from './object.ts'
import type { Persistence, StoreEvent } from './object-store.ts'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 250;
  CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`

export interface SqliteOptions {
  /** Told once when the file no longer takes changes, and once when it does again. */
  notice?(message: string): void
}

/** Between two attempts while the file does not take changes, in milliseconds. */
const repeatAfterMs = 1_000

/**
 * Opens or creates the database file; throws a `SkiffError` when it cannot be read as one. While the disk is full or
 * the file locked, changes wait in memory, the newest of each object, and are tried again: nothing is lost but to a
 * kill meanwhile. `close` writes what still waits.
 */
export class SqlitePersistence implements Persistence {
  readonly #db: DatabaseSync
  readonly #put: StatementSync
  readonly #drop: StatementSync
  readonly #count: StatementSync
  readonly #file: string
  readonly #notice: (message: string) => void
  /** The newest change of each object that is not yet written. */
  readonly #waiting = new Map<string, StoreEvent>()
  #version = 0
  #repeat: NodeJS.Timeout | undefined

  /** `file` is made when it is missing. */
  constructor(file: string, { notice = () => {} }: SqliteOptions = {}) {
    this.#file = file
    this.#notice = notice
    this.#db = readable(file, () => {
      const db = new DatabaseSync(file)
      db.exec(schema)
      return db
    })
    this.#put = this.#db.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)')
    this.#drop = this.#db.prepare('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?')
    this.#count = this.#db.prepare('INSERT OR REPLACE INTO counters VALUES (?, ?)')
  }

  load(): { objects: KubeObject[]; version: number } {
    return readable(this.#file, () => this.#load())
  }

  #load(): { objects: KubeObject[]; version: number } {
    const rows = this.#db.prepare('SELECT object FROM objects').all() as { object: string }[]
    const counter = this.#db.prepare("SELECT value FROM counters WHERE name = 'version'").get() as
      | { value: number }
      | undefined
    return { objects: rows.map(row => JSON.parse(row.object) as KubeObject), version: counter?.value ?? 0 }
  }

  save(event: StoreEvent): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#flushUnlessRepeating())
    const { group, kind, namespace, name } = keyOf(event.object)
    this.#waiting.set([group, kind, namespace, name].join('|'), event)
    this.#version = event.version
  }

  /** Writes everything saved so far, or keeps it for the next attempt. True when nothing waits any more. */
  flush(): boolean {
    if (this.#waiting.size === 0) return true
    try {
      this.#commit()
    } catch (error) {
      this.#tryAgain(error)
      return false
    }
    this.#waiting.clear()
    if (this.#repeat) this.#notice(`${this.#file} takes changes again`)
    clearTimeout(this.#repeat)
    this.#repeat = undefined
    return true
  }

  /** Throws a `SkiffError` when what still waits could not be written. The file is closed all the same. */
  close(): void {
    const unwritten = this.flush() ? 0 : this.#waiting.size
    clearTimeout(this.#repeat)
    this.#db.close()
    if (unwritten > 0) throw new SkiffError(`${this.#file}: the last changes of ${unwritten} objects were not written`)
  }

  #flushUnlessRepeating(): void {
    if (!this.#repeat) this.flush()
  }

  #commit(): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      for (const event of this.#waiting.values()) this.#write(event)
      this.#count.run('version', this.#version)
      this.#db.exec('COMMIT')
    } catch (error) {
      // SQLite itself rolls back on some errors, a full disk among them.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #tryAgain(error: unknown): void {
    if (!this.#repeat) this.#notice(`${this.#file} takes no changes, they wait in memory: ${messageOf(error)}`)
    clearTimeout(this.#repeat)
    this.#repeat = setTimeout(() => this.flush(), repeatAfterMs).unref()
  }

  #write({ type, object }: StoreEvent): void {
    const key = keyOf(object)
    if (type === 'DELETED') this.#drop.run(formatKind(key), key.namespace, key.name)
    else this.#put.run(formatKind(key), key.namespace, key.name, JSON.stringify(object))
  }
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new SkiffError(`${file}: ${messageOf(error)}. Remove the file to start from the manifests alone.`)
  }
}
