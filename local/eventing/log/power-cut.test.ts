// What does not wait for the disk may be lost when the power fails; what was accepted before it may not.
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LogDatabase } from './database.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'power-cut-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const walOf = (file: string) => `${file}-wal`

/** What is found after the power failed when the WAL had reached `bytes`. */
function afterCut<T>(file: string, bytes: number, look: (database: LogDatabase) => T): T {
  const copy = join(folder, `cut-${bytes}.db`)
  copyFileSync(file, copy)
  copyFileSync(walOf(file), walOf(copy))
  truncateSync(walOf(copy), bytes)
  const database = new LogDatabase(copy)
  try {
    return look(database)
  } finally {
    database.close()
  }
}

it('deletions and the journal are lost in part or whole, accepted events never', () => {
  const file = join(folder, 'broker.db')
  const database = new LogDatabase(file)
  const records = new Uint8Array(Buffer.alloc(4_000, 'x'))
  const entries = { first: 1, brokers: Array(4).fill('ns/a'), ends: [1_000, 2_000, 3_000, 4_000], records }
  database.commit(entries, [], [])
  const open: [number, { tries: number }][] = [[2, { tries: 1 }]]
  database.commit(undefined, [{ trigger: 't', broker: 'ns/a', read: 3, open }], [])
  const accepted = statSync(walOf(file)).size
  while (database.compact(1));
  database.saveJourneys([{ key: 'log:2', at: 1, journey: '{}', record: new Uint8Array(2_000) }], [])
  const all = statSync(walOf(file)).size
  expect(all).toBeGreaterThan(accepted)

  const found = new Set<string>()
  for (let bytes = accepted; bytes <= all; bytes += 1_000) {
    const left = afterCut(file, bytes, cut => {
      expect(cut.progress()).toEqual([{ trigger: 't', broker: 'ns/a', read: 3, open }])
      expect(cut.last).toBe(4)
      return cut.read('ns/a', 0, 9, 9_999).entries.map(({ seq }) => seq)
    })
    expect(left).toEqual(expect.arrayContaining([2, 4]))
    found.add(left.join())
  }
  // Each deletion is there or not: the cuts fell before, between and after them.
  expect([...found]).toEqual(['1,2,3,4', '2,3,4', '2,4'])
  database.close()
})
