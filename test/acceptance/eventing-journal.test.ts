// The journal from the command line: what became of each event, replays, and what survives a kill -9.
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { startWorld, type World } from '../../load/world.ts'
import { broker, type EventsProject, eventsProject, serviceRef, trigger } from './events-world.ts'
import { onlyLocal } from './only-local.ts'
import { eventually, skiff } from './skiff.ts'

const { describe, it } = onlyLocal('the journal is the runtime’s own, and the runtime is killed')

const toDead = {
  ...{ retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT0.1S' },
  deadLetterSink: { ref: serviceRef('dead') },
}
const documents = [
  broker('default'),
  trigger('payer', { type: 'order.placed' }),
  trigger('paid', { type: 'order.paid' }, { to: 'sink' }),
  trigger('doomed', { type: 'doomed' }, { to: 'failing', delivery: toDead }),
  trigger('dropped', { type: 'dropped' }, { to: 'poison', delivery: { retry: 0 } }),
]

const stateDir = join(tmpdir(), `skiff-journal-state-${process.pid}`)
let project: EventsProject
let world: World
const start = async () => {
  world = await startWorld({ project: project.folder, stateDir })
}

beforeAll(async () => {
  project = eventsProject(documents)
  await start()
})

afterAll(async () => {
  await world?.stop()
  for (const folder of [stateDir, project.folder]) rmSync(folder, { recursive: true, force: true })
})

interface Consumer {
  name: string
  matched: boolean
  by: string
  outcome?: string
  tries: { to: string; status: number; next: string; deadLetter?: boolean }[]
}

interface Event {
  id: string
  type: string
  dead: boolean
  consumers: Consumer[]
}

async function events(...words: string[]): Promise<Event[]> {
  const ran = await skiff(stateDir, ['events', ...words, '--json'])
  if (ran.code !== 0) throw new Error(ran.err)
  return JSON.parse(ran.out) as Event[]
}

async function send(type: string, id: string, ...words: string[]): Promise<void> {
  const ran = await skiff(stateDir, ['events', 'send', 'app/default', '--type', type, '--id', id, ...words])
  expect(ran).toMatchObject({ code: 0, out: `${id} accepted by app/default\n` })
}

const consumer = (event: Event | undefined, name: string) => event?.consumers.find(one => one.name === name)
const over = (event: Event | undefined) =>
  event?.consumers.every(one => !one.matched || (one.outcome !== undefined && one.outcome !== 'pending')) ?? false
const finished = async (id: string): Promise<Event | undefined> =>
  (
    await eventually(
      () => events('show', id),
      found => found.length > 0 && found.every(over),
    )
  ).at(-1)
const receivedOf = (service: string, id: string) => project.received(service).filter(one => one.headers['ce-id'] === id)

describe('the journal', () => {
  it('tells who took an event by which filter, who did not, and what was answered', async () => {
    await send('order.placed', 'j1', '--data', '{"order":1}', '--ext', 'devuser=beta')
    const event = await finished('j1')
    expect(consumer(event, 'app/payer')).toMatchObject({
      ...{ matched: true, by: 'filter.attributes: type is order.placed', outcome: 'replied' },
      tries: [{ to: 'http://payer.app.svc.cluster.local', status: 200, next: 'replied' }],
    })
    expect(consumer(event, 'app/doomed')).toMatchObject({
      matched: false,
      by: 'filter.attributes: type is order.placed, not doomed',
    })
    expect(consumer(await finished('paid-j1'), 'app/paid')).toMatchObject({ outcome: 'done' })
    expect(receivedOf('payer', 'j1')[0]).toMatchObject({ body: '{"order":1}' })
    expect(receivedOf('payer', 'j1')[0]?.headers['ce-devuser']).toBe('beta')
  })

  it('keeps each try and the dead letter, and filters by type', async () => {
    await send('doomed', 'j2')
    const doomed = consumer(await finished('j2'), 'app/doomed')
    expect(doomed?.outcome).toBe('dead letter')
    expect(doomed?.tries.map(({ status, next, deadLetter = false }) => [status, next, deadLetter])).toEqual([
      [500, 'again', false],
      [500, 'dead letter', false],
      [202, 'done', true],
    ])
    expect((await events('--type', 'doo*')).map(one => one.id)).toEqual(['j2'])
  })

  it('--dead shows what was given up, and a replay gives it to those alone that gave it up', async () => {
    await send('dropped', 'j3')
    expect(consumer(await finished('j3'), 'app/dropped')).toMatchObject({ outcome: 'dropped' })
    expect((await events('--dead')).map(one => one.id)).toEqual(['j2', 'j3'])
    const before = receivedOf('failing', 'j2').length
    const ran = await skiff(stateDir, ['events', 'replay', 'j2'])
    expect(ran).toMatchObject({ code: 0, out: 'j2 → app/doomed\n' })
    await eventually(
      () => receivedOf('failing', 'j2').length,
      count => count === before + 2,
    )
  })

  it('a replay of an event nobody gave up goes to all it matches, under the same id', async () => {
    expect((await skiff(stateDir, ['events', 'replay', 'paid-j1'])).out).toBe('paid-j1 → all that match\n')
    await eventually(
      () => receivedOf('sink', 'paid-j1').length,
      count => count === 2,
    )
  })

  it('prints a table, and each step of one event', async () => {
    const table = (await skiff(stateDir, ['events', '--type', 'order.placed'])).out.split('\n')
    expect(table[0]).toMatch(/^TIME +BROKER +TYPE +ID +DELIVERED TO$/)
    expect(table[1]).toMatch(/app\/default +order.placed +j1 +app\/payer replied \(200, \d+ ms\)$/)
    expect((await skiff(stateDir, ['events', 'show', 'j1'])).out).toContain(', replied order.paid paid-j1')
  })

  it.each([
    ['an unknown broker', ['send', 'nowhere', '--type', 't'], 1, 'brokers.eventing.knative.dev "nowhere" not found'],
    [
      'a bad attribute name',
      ['send', 'app/default', '--type', 't', '--ext', 'A-B=1'],
      1,
      'lower-case letters and digits',
    ],
    ['an extension without a value', ['send', 'app/default', '--type', 't', '--ext', 'x'], 2, 'name=value'],
    ['an event the journal does not hold', ['replay', 'never'], 1, 'no event with id never'],
    ['a replay of nothing named', ['replay'], 2, 'name one event by its id, or give --dead'],
    ['an event to show that is not there', ['show', 'never'], 1, 'no event with id never'],
  ])('says what is wrong with %s', async (_sentence, words, code, sentence) => {
    const ran = await skiff(stateDir, ['events', ...words])
    expect(ran.code).toBe(code)
    expect(ran.err).toContain(sentence)
  })

  it('survives a kill -9, and what was given up can still be replayed', async () => {
    await eventually(
      () => events('--dead'),
      found => found.some(one => one.id === 'j3'),
    )
    // The journal is written a moment after what it tells of.
    await new Promise(resolve => setTimeout(resolve, 2_500))
    process.kill(world.pid, 'SIGKILL')
    await world.stop()
    await start()
    expect((await events('show', 'j1'))[0]).toMatchObject({ type: 'order.placed' })
    const before = receivedOf('poison', 'j3').length
    expect((await skiff(stateDir, ['events', 'replay', '--dead'])).out).toContain('j3 → app/dropped')
    await eventually(
      () => receivedOf('poison', 'j3').length,
      count => count === before + 1,
    )
  })
})
