// Documents and logs as JSON in one SQLite file, shared by the instances of a service.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type CollectionShape,
  type Document,
  KeyTaken,
  type LogEntry,
  type Scalar,
  type Selection,
  type Store,
  StoreUnavailable,
} from './store.ts'
import { checkComparable, checkFields, checkName } from './store-rules.ts'

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
  CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    log TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (log, key)
  );
  CREATE INDEX IF NOT EXISTS in_order ON entries (log, position);
`

/** Opens the file, or makes it. Rejects when it cannot be written; the caller may try again later. */
export async function openSqliteStore(path: string): Promise<Store> {
  const { DatabaseSync } = await import('node:sqlite')
  try {
    const database = new DatabaseSync(path)
    database.exec(schema)
    return new SqliteStore(database, path)
  } catch (error) {
    throw unavailable(path, error)
  }
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, path: string) {
    this.#database = database
    this.#path = path
  }

  async prepare(collection: string, { unique = [], indexed = [] }: CollectionShape): Promise<void> {
    checkName(collection)
    checkComparable([...unique, ...indexed])
    this.#told(collection, () => {
      for (const field of unique) this.#database.exec(indexOf('UNIQUE INDEX', collection, field))
      for (const field of indexed) this.#database.exec(indexOf('INDEX', collection, field))
    })
  }

  async insert(collection: string, document: Document): Promise<boolean> {
    checkName(collection)
    checkFields(document)
    const sql = 'INSERT INTO documents (collection, id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    return this.#run(sql, collection, document._id, JSON.stringify(document)) === 1
  }

  async get(collection: string, id: string): Promise<Document | undefined> {
    checkName(collection)
    return this.#find(collection, id)
  }

  async list(collection: string, limit: number, { where = {}, before }: Selection = {}): Promise<Document[]> {
    const { sql, values } = conditionOf(collection, where)
    const page =
      before === undefined ? '' : `AND sequence < (SELECT sequence FROM documents WHERE collection = ? AND id = ?)`
    const rows = this.#all(
      `SELECT body FROM documents WHERE ${sql} ${page} ORDER BY sequence DESC LIMIT ?`,
      ...values,
      ...(before === undefined ? [] : [collection, before]),
      limit,
    )
    return rows.map(row => JSON.parse(String(row.body)) as Document)
  }

  async count(collection: string, where: Selection['where'] = {}): Promise<number> {
    const { sql, values } = conditionOf(collection, where)
    return Number(this.#all(`SELECT count(*) AS found FROM documents WHERE ${sql}`, ...values)[0]?.found)
  }

  async update(
    collection: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    when: Readonly<Record<string, unknown>> = {},
  ): Promise<Document | undefined> {
    checkName(collection)
    checkFields(fields)
    return this.#locked(collection, () => {
      const found = this.#find(collection, id)
      if (!found || !matches(found, when)) return undefined
      const body = JSON.stringify({ ...found, ...fields, _id: id })
      this.#statement('UPDATE documents SET body = ? WHERE collection = ? AND id = ?').run(body, collection, id)
      return JSON.parse(body) as Document
    })
  }

  async remove(collection: string, id: string, when: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    checkName(collection)
    return this.#locked(collection, () => {
      const found = this.#find(collection, id)
      if (!found || !matches(found, when)) return false
      return this.#run('DELETE FROM documents WHERE collection = ? AND id = ?', collection, id) === 1
    })
  }

  async removeBelow(collection: string, field: string, bound: number): Promise<number> {
    checkComparable([field])
    const { sql } = conditionOf(collection, {})
    const number = `json_type(body, '$.${field}') IN ('integer', 'real') AND json_extract(body, '$.${field}') < ?`
    return this.#run(`DELETE FROM documents WHERE ${sql} AND ${number}`, bound)
  }

  async append(log: string, key: string, entry: unknown): Promise<number> {
    checkName(log)
    const sql = 'INSERT INTO entries (log, key, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    this.#run(sql, log, key, JSON.stringify(entry ?? null))
    return Number(this.#all('SELECT position FROM entries WHERE log = ? AND key = ?', log, key)[0]?.position)
  }

  async read(log: string, after: number, limit: number): Promise<LogEntry[]> {
    checkName(log)
    const sql = 'SELECT position, key, body FROM entries WHERE log = ? AND position > ? ORDER BY position LIMIT ?'
    return this.#all(sql, log, after, limit).map(({ position, key, body }) => ({
      position: Number(position),
      key: String(key),
      entry: JSON.parse(String(body)),
    }))
  }

  async last(log: string): Promise<number> {
    checkName(log)
    return Number(this.#all('SELECT max(position) AS last FROM entries WHERE log = ?', log)[0]?.last ?? 0)
  }

  async trim(log: string, upTo: number): Promise<void> {
    checkName(log)
    const sql =
      'DELETE FROM entries WHERE log = ? AND position <= ? AND position < (SELECT max(position) FROM entries WHERE log = ?)'
    this.#run(sql, log, upTo, log)
  }

  async close(): Promise<void> {
    this.#statements.clear()
    this.#database.close()
  }

  #find(collection: string, id: string): Document | undefined {
    const [row] = this.#all('SELECT body FROM documents WHERE collection = ? AND id = ?', collection, id)
    return row && (JSON.parse(String(row.body)) as Document)
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return this.#told('', () => Number(this.#statement(sql).run(...values).changes))
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#told('', () => this.#statement(sql).all(...values))
  }

  /** IMMEDIATE takes the write lock before reading, so no other instance comes between. */
  #locked<T>(collection: string, work: () => T): T {
    return this.#told(collection, () => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#database.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  // Few texts: one per set of fields that a function compares by.
  #statement(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  #told<T>(collection: string, work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error
      if (codeOf(error) === uniqueViolated) throw new KeyTaken(`${collection}: ${messageOf(error)}`)
      throw unavailable(this.#path, error)
    }
  }
}

/** SQLITE_CONSTRAINT_UNIQUE. */
const uniqueViolated = 2067

const codeOf = (error: unknown) =>
  typeof error === 'object' && error && 'errcode' in error ? error.errcode : undefined

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const unavailable = (path: string, error: unknown) =>
  new StoreUnavailable(`the SQLite file ${path} cannot be used: ${messageOf(error)}`, { cause: error })

// An index serves only queries that name the collection as it does: literally.
function indexOf(type: string, collection: string, field: string): string {
  const value = `json_extract(body, '$.${field}')`
  const name = `"${type.startsWith('U') ? 'unique' : 'by'} ${collection}.${field}"`
  return `CREATE ${type} IF NOT EXISTS ${name} ON documents (${value}) WHERE collection = '${collection}'`
}

function conditionOf(collection: string, where: Readonly<Record<string, Scalar>>) {
  checkName(collection)
  checkComparable(Object.keys(where))
  const terms = [`collection = '${collection}'`]
  const values: (string | number)[] = []
  for (const [field, value] of Object.entries(where)) {
    const found = `json_extract(body, '$.${field}')`
    if (value === null || value === undefined) terms.push(`${found} IS NULL`)
    // To SQLite true is 1.
    else if (typeof value === 'boolean') terms.push(`json_type(body, '$.${field}') = '${value}'`)
    else {
      terms.push(`${found} = ?`)
      values.push(value)
    }
  }
  return { sql: terms.join(' AND '), values }
}

function matches(document: Document, when: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(when).every(
    ([field, value]) => JSON.stringify(document[field] ?? null) === JSON.stringify(value ?? null),
  )
}
