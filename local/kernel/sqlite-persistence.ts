// Keeps the object store in SQLite: changes of one turn of the event loop are written in one transaction.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { formatKind, type KubeObject, keyOf } from './object.ts'
import type { Persistence, StoreEvent } from './object-store.ts'

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`

/** Opens or creates the database file. `close` writes what still waits. */
export class SqlitePersistence implements Persistence {
  readonly #db: DatabaseSync
  readonly #put: StatementSync
  readonly #drop: StatementSync
  readonly #count: StatementSync
  #waiting: StoreEvent[] = []

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(schema)
    this.#put = this.#db.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)')
    this.#drop = this.#db.prepare('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?')
    this.#count = this.#db.prepare('INSERT OR REPLACE INTO counters VALUES (?, ?)')
  }

  load(): { objects: KubeObject[]; version: number } {
    const rows = this.#db.prepare('SELECT object FROM objects').all() as { object: string }[]
    const counter = this.#db.prepare("SELECT value FROM counters WHERE name = 'version'").get() as
      | { value: number }
      | undefined
    return { objects: rows.map(row => JSON.parse(row.object) as KubeObject), version: counter?.value ?? 0 }
  }

  save(event: StoreEvent): void {
    if (this.#waiting.push(event) === 1) setImmediate(() => this.flush())
  }

  /** Writes everything saved so far. */
  flush(): void {
    const events = this.#waiting
    if (events.length === 0) return
    this.#waiting = []
    this.#db.exec('BEGIN')
    for (const event of events) this.#write(event)
    this.#count.run('version', events.at(-1)?.version ?? 0)
    this.#db.exec('COMMIT')
  }

  close(): void {
    this.flush()
    this.#db.close()
  }

  #write({ type, object }: StoreEvent): void {
    const key = keyOf(object)
    if (type === 'DELETED') this.#drop.run(formatKind(key), key.namespace, key.name)
    else this.#put.run(formatKind(key), key.namespace, key.name, JSON.stringify(object))
  }
}
