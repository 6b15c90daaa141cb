import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from './clock.ts'
import { type KubeObject, keyOf } from './object.ts'
import { ObjectStore } from './object-store.ts'
import { seededRandom } from './random.ts'
import { SqlitePersistence } from './sqlite-persistence.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function open(notice?: (message: string) => void) {
  const persistence = new SqlitePersistence(join(folder, 'state.db'), notice ? { notice } : {})
  return { persistence, store: new ObjectStore({ clock: new FakeClock(), random: seededRandom(3), persistence }) }
}

const kind = { group: '', kind: 'ConfigMap' }
const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
})

it('brings back objects, versions and deletions after a restart', () => {
  const first = open()
  first.store.create(configMap('kept', { key: 'grüße' }))
  first.store.delete(keyOf(first.store.create(configMap('gone', {}))))
  first.store.update(configMap('kept', { key: 'neu' }))
  first.persistence.close()

  const second = open()
  expect(second.store.list(kind)).toMatchObject([{ metadata: { name: 'kept' }, data: { key: 'neu' } }])
  expect(second.store.version).toBe(first.store.version)
  const created: KubeObject = second.store.create(configMap('new', {}))
  expect(created.metadata.resourceVersion).toBe(String(first.store.version + 1))
  second.persistence.close()
})

it('writes the changes of one turn together, soon after it', async () => {
  const first = open()
  first.store.create(configMap('a', {}))
  await new Promise(resolve => setImmediate(resolve))
  const reader = new SqlitePersistence(join(folder, 'state.db'))
  expect(reader.load().objects).toHaveLength(1)
  reader.close()
  first.persistence.close()
})

it('keeps the newest change of each object alone while they wait', async () => {
  const { store, persistence } = open()
  store.create(configMap('busy', {}))
  for (let round = 0; round < 50; round++) store.update(configMap('busy', { round: String(round) }))
  store.delete(keyOf(store.create(configMap('brief', {}))))
  persistence.close()
  expect(open().store.list(kind)).toMatchObject([{ metadata: { name: 'busy' }, data: { round: '49' } }])
})

describe('a file that does not take changes', () => {
  it('while another holds it is told of once, and gets them all when it is free', async () => {
    const notices: string[] = []
    const { store, persistence } = open(message => void notices.push(message))
    const holder = new DatabaseSync(join(folder, 'state.db'))
    holder.exec('BEGIN IMMEDIATE')
    store.create(configMap('a', {}))
    expect(persistence.flush()).toBe(false)
    store.create(configMap('b', {}))
    expect(persistence.flush()).toBe(false)
    holder.exec('COMMIT')
    holder.close()
    await expect.poll(() => notices.length, { timeout: 5_000 }).toBe(2)
    expect(notices[0]).toMatch(/state\.db takes no changes, they wait in memory: database is locked$/)
    expect(notices[1]).toMatch(/state\.db takes changes again$/)
    persistence.close()
    expect(
      open()
        .store.list(kind)
        .map(one => one.metadata.name),
    ).toEqual(['a', 'b'])
  })

  it('at the end is said, and what it had stands', () => {
    const { store, persistence } = open()
    store.create(configMap('a', {}))
    persistence.flush()
    const holder = new DatabaseSync(join(folder, 'state.db'))
    holder.exec('BEGIN IMMEDIATE')
    store.create(configMap('b', {}))
    expect(() => persistence.close()).toThrow(/state\.db: the last changes of 1 objects were not written$/)
    holder.close()
    expect(
      open()
        .store.list(kind)
        .map(one => one.metadata.name),
    ).toEqual(['a'])
  })

  it.runIf(process.platform !== 'win32')('because the disk is full keeps what it has, and the process lives on', () => {
    const program = `
      const { SqlitePersistence } = await import(${JSON.stringify(join(import.meta.dirname, 'sqlite-persistence.ts'))})
      const persistence = new SqlitePersistence(${JSON.stringify(join(folder, 'state.db'))}, { notice: console.log })
      const save = (name, size) => {
        const metadata = { name, namespace: 'default' }
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: 'x'.repeat(size) } }
        persistence.save({ type: 'ADDED', object, version: 1 })
      }
      save('small', 10)
      console.log(persistence.flush())
      save('large', 2_000_000)
      console.log(persistence.flush())
      console.log(persistence.load().objects.map(one => one.metadata.name).join())
      process.exit(0)`
    const limited = `ulimit -f 512; exec "$0" --input-type=module -e "$1"`
    const { stdout, status } = spawnSync('/bin/sh', ['-c', limited, process.execPath, program], { encoding: 'utf8' })
    expect(status).toBe(0)
    const [first, notice, second, kept] = stdout.trim().split('\n')
    expect([first, second, kept]).toEqual(['true', 'false', 'small'])
    expect(notice).toMatch(/takes no changes, they wait in memory: (database or disk is full|disk I\/O error)/)
  })
})

describe('a file that cannot be read', () => {
  const way = /state\.db: .+\. Remove the file to start from the manifests alone\.$/

  it('because it is no database says so, and what to do', () => {
    writeFileSync(join(folder, 'state.db'), 'this was a database once, '.repeat(200))
    expect(open).toThrow(way)
  })

  it('because an object in it is torn says so, and what to do', () => {
    const first = open()
    first.store.create(configMap('a', {}))
    first.persistence.close()
    const db = new DatabaseSync(join(folder, 'state.db'))
    db.exec('UPDATE objects SET object = substr(object, 1, 20)')
    db.close()
    expect(open).toThrow(way)
  })
})
