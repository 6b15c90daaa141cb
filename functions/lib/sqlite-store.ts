// Documents as JSON in one SQLite file, shared by the instances of a service.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Document, Store } from './store.ts'

const schema = `
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS documents (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (collection, id)
  );
  CREATE INDEX IF NOT EXISTS newest ON documents (collection, sequence);
`

/** Opens the file, or makes it. Rejects when it cannot be written; the caller may try again later. */
export async function openSqliteStore(path: string): Promise<Store> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path)
  database.exec(schema)
  return new SqliteStore(database)
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #get: StatementSync
  readonly #list: StatementSync
  readonly #count: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#insert = database.prepare(
      'INSERT INTO documents (collection, id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#get = database.prepare('SELECT body FROM documents WHERE collection = ? AND id = ?')
    this.#list = database.prepare('SELECT body FROM documents WHERE collection = ? ORDER BY sequence DESC LIMIT ?')
    this.#count = database.prepare('SELECT count(*) AS body FROM documents WHERE collection = ?')
  }

  async insert(collection: string, document: Document): Promise<boolean> {
    return Number(this.#insert.run(collection, document._id, JSON.stringify(document)).changes) === 1
  }

  async get(collection: string, id: string): Promise<Document | undefined> {
    return parse(this.#get.get(collection, id))
  }

  async list(collection: string, limit: number): Promise<Document[]> {
    return this.#list.all(collection, limit).flatMap(row => parse(row) ?? [])
  }

  async count(collection: string): Promise<number> {
    return Number(this.#count.get(collection)?.body)
  }

  async update(
    collection: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    when: Readonly<Record<string, unknown>> = {},
  ): Promise<Document | undefined> {
    // IMMEDIATE takes the write lock before reading, so no other instance comes between.
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const found = parse(this.#get.get(collection, id))
      const matches = found && Object.entries(when).every(([field, value]) => same(found[field], value))
      const updated = matches ? { ...found, ...fields, _id: id } : undefined
      if (updated) this.#write(collection, updated)
      this.#database.exec('COMMIT')
      return updated
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  async close(): Promise<void> {
    this.#database.close()
  }

  #write(collection: string, document: Document): void {
    this.#database
      .prepare('UPDATE documents SET body = ? WHERE collection = ? AND id = ?')
      .run(JSON.stringify(document), collection, document._id)
  }
}

function parse(row: Record<string, unknown> | undefined): Document | undefined {
  return row && (JSON.parse(String(row.body)) as Document)
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
