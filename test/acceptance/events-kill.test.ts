// What was accepted is delivered, even when the runtime is killed in the middle of it.
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type MeshCall, meshClient } from '../../load/mesh-client.ts'
import { startWorld, type World } from '../../load/world.ts'
import { broker, type EventsProject, eventsProject, ingress, trigger } from './events-world.ts'
import { onlyLocal } from './only-local.ts'
import { eventually } from './skiff.ts'

const { it } = onlyLocal('it kills the runtime')

const stateDir = join(tmpdir(), `skiff-events-state-${process.pid}`)
let project: EventsProject
let world: World
let mesh: MeshCall

async function start(): Promise<void> {
  world = await startWorld({ project: project.folder, stateDir })
  mesh = await meshClient(join(stateDir, 'api.sock'), 'app')
}

beforeAll(async () => {
  project = eventsProject([
    broker('default'),
    trigger('created', { type: 'order.created' }, { to: 'sink', path: '/all' }),
  ])
  await start()
})

afterAll(async () => {
  await world?.stop()
  for (const folder of [stateDir, project?.folder]) if (folder) rmSync(folder, { recursive: true, force: true })
})

function send(type: string, id: string) {
  const attributes = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/shop', 'ce-type': type }
  const headers = { ...attributes, 'content-type': 'application/json' }
  return mesh(`${ingress}/default`, { method: 'POST', headers, body: JSON.stringify({ order: id }) })
}

const receivedOf = (id: string) => project.received('sink').filter(({ headers }) => headers['ce-id'] === id)

it('every accepted event is delivered although the runtime is killed in the middle of deliveries', async () => {
  const accepted: string[] = []
  const burst = async (round: number) => {
    const ids = Array.from({ length: 60 }, (_, index) => `burst-${round}-${index}`)
    await Promise.allSettled(
      ids.map(async id => {
        if ((await send('order.created', id)).status === 202) accepted.push(id)
      }),
    )
  }
  const sending = burst(0)
  await eventually(
    () => project.received('sink').filter(({ headers }) => headers['ce-id']?.startsWith('burst')).length,
    count => count > 10,
  )
  process.kill(world.pid, 'SIGKILL')
  await sending
  await world.stop()
  await start()
  await burst(1)
  const missing = () => accepted.filter(id => receivedOf(id).length === 0)
  await eventually(missing, ids => ids.length === 0)
  expect(accepted.length).toBeGreaterThan(60)
})
