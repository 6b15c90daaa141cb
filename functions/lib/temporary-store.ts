// For tests: SQLite stores in a folder that lasts as long as one test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

/** `fileOf` gives paths of the running test's folder; `openStore` the store in one of them, closed at the test's end. */
export function temporaryStores(): { fileOf(name: string): string; openStore(): Promise<Store> } {
  let folder: string
  let opened: Store[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'))
    opened = []
  })
  afterEach(async () => {
    for (const store of opened) await store.close()
    rmSync(folder, { recursive: true })
  })
  const fileOf = (name: string) => join(folder, name)
  return {
    fileOf,
    async openStore() {
      const store = await openSqliteStore(fileOf('store.db'))
      opened.push(store)
      return store
    },
  }
}
