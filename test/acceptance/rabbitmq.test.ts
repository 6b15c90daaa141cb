// A whole runtime with RABBITMQ_URL: a Broker of the class RabbitMQBroker, a Trigger and a function, over a real server.
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startWorld, type World } from '../../load/world.ts'
import type { Broker } from '../../local/api/eventing/types.ts'
import { conditionOf } from '../../local/kernel/conditions.ts'
import { type Server, startServer } from '../servers/server.ts'
import { canStart, servers } from '../servers/servers.ts'
import { broker, type EventsProject, eventsProject, trigger } from './events-world.ts'
import { onlyLocal } from './only-local.ts'
import { eventually, get, skiff } from './skiff.ts'

const { it } = onlyLocal('it starts and kills servers and runtimes')

const configuration = { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'RabbitmqBrokerConfig' }
const durable = {
  ...broker('default'),
  metadata: {
    name: 'default',
    namespace: 'app',
    annotations: { 'eventing.knative.dev/broker.class': 'RabbitMQBroker' },
  },
  spec: { config: { ...configuration, name: 'mq' } },
}
const documents = [
  { ...configuration, metadata: { name: 'mq', namespace: 'app' }, spec: { rabbitmqClusterReference: { name: 'mq' } } },
  durable,
  trigger('sink', { type: 'told' }),
  trigger('slow', { type: 'told' }),
]

describe.skipIf(!canStart('rabbitmq'))('a broker on RabbitMQ in a whole runtime', () => {
  const stateDir = join(tmpdir(), `skiff-rabbitmq-state-${process.pid}`)
  let server: Server
  let project: EventsProject
  let world: World
  const start = async () => {
    world = await startWorld({ project: project.folder, stateDir, env: { RABBITMQ_URL: server.url } })
  }
  beforeAll(async () => {
    server = await startServer(servers.rabbitmq.kind)
    project = eventsProject(documents)
    await start()
  }, 180_000)
  afterAll(async () => {
    await world?.stop()
    await server?.stop()
    for (const folder of [stateDir, project?.folder]) if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const send = (id: string) => skiff(stateDir, ['events', 'send', 'app/default', '--type', 'told', '--id', id])
  const receivedBy = (service: string) => new Set(project.received(service).map(one => one.headers['ce-id']))
  const receivesAll = (service: string, ids: readonly string[]) =>
    eventually(
      () => ids.filter(id => !receivedBy(service).has(id)),
      missing => missing.length === 0,
      40,
    )
  const ready = async () => {
    const { status } = await get<Pick<Broker, 'status'>>(stateDir, 'broker', 'default', '-n', 'app')
    return conditionOf(status?.conditions, 'Ready')
  }
  const readyIs = (wanted: string) => eventually(ready, one => one?.status === wanted, 40)

  it('is Ready, wakes the function and delivers', async () => {
    await readyIs('True')
    expect(await send('first')).toMatchObject({ code: 0, out: 'first accepted by app/default\n' })
    await receivesAll('sink', ['first'])
    expect(project.received('sink')[0]?.headers).toMatchObject({ 'ce-type': 'told', 'kn-namespace': 'app' })
  })

  it('says that its server is gone, and is Ready by itself when it is back; what was taken is delivered', async () => {
    // The slow consumer still has most of them before it when the server dies.
    const taken = ['k1', 'k2', 'k3', 'k4']
    for (const id of taken) expect((await send(id)).code).toBe(0)
    await server.kill('SIGKILL')
    const { reason, message } = (await readyIs('False')) ?? {}
    expect(reason).toBe('ExchangeFailure')
    expect(message).toMatch(/^RabbitMQ at 127\.0\.0\.1:\d+ cannot be used: /)
    await server.start()
    await readyIs('True')
    await receivesAll('slow', taken)
    await receivesAll('sink', taken)
    expect((await send('after')).code).toBe(0)
    await receivesAll('sink', ['after'])
  })

  it('goes on after a kill of the runtime where it was', async () => {
    const taken = ['r1', 'r2', 'r3']
    for (const id of taken) expect((await send(id)).code).toBe(0)
    process.kill(world.pid, 'SIGKILL')
    await world.stop()
    await start()
    await receivesAll('slow', taken)
  })
})
