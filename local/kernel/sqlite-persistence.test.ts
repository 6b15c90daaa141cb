import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
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

function open() {
  const persistence = new SqlitePersistence(join(folder, 'state.db'))
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
  expect(second.store.list(kind)).toMatchObject([{ metadata: { name: 'kept', generation: 2 }, data: { key: 'neu' } }])
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
