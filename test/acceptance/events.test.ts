// Events, from the sender's POST to every consumer, with real functions: on the local runtime and on clusters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, MeshCall } from '../../load/mesh-client.ts'
import { broker, type EventsPlane, eventsPlane, ingress, type Recorded, serviceRef, trigger } from './events-world.ts'
import { eventually } from './skiff.ts'

const quick = { backoffPolicy: 'linear', backoffDelay: 'PT0.1S' }
const toDead = { deadLetterSink: { ref: serviceRef('dead') } }
const documents = [
  broker('default'),
  broker('brief'),
  trigger('created', { type: 'order.created' }, { to: 'sink', path: '/all' }),
  trigger('beta', { type: 'order.created', devuser: 'beta' }, { to: 'sink', path: '/beta' }),
  trigger('payer', { type: 'order.placed' }),
  trigger('paid', { type: 'order.paid' }, { to: 'sink', path: '/paid' }),
  trigger('echo', { type: 'loop' }, { delivery: toDead }),
  trigger('chatty', { type: 'chat' }, { delivery: { ...quick, ...toDead, retry: 1 } }),
  trigger('busy', { type: 'rush' }, { delivery: { ...quick, retry: 1 } }),
  trigger('poison', { type: 'poison' }, { delivery: { ...quick, ...toDead, retry: 5 } }),
  trigger(
    'failing',
    { type: 'doomed' },
    { delivery: { ...toDead, backoffPolicy: 'exponential', backoffDelay: 'PT0.1S', retry: 3 } },
  ),
  trigger('hasty', { type: 'hasty' }, { to: 'failing', delivery: toDead }),
  trigger('slow', { type: 'flood' }),
  trigger('flood', { type: 'flood' }, { to: 'sink', path: '/flood' }),
  trigger('brief', { type: 'brief' }, { to: 'sink', path: '/brief', of: 'brief' }),
]
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

let plane: EventsPlane
const mesh: MeshCall = (...request) => plane.mesh(...request)

beforeAll(async () => {
  plane = await eventsPlane(documents)
})
afterAll(() => plane?.stop())

/** Posts one event in binary mode. */
function send(type: string, id: string, headers: Record<string, string> = {}, to = 'default'): Promise<Answer> {
  const attributes = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/shop', 'ce-type': type }
  const body = JSON.stringify({ order: id })
  const all = { ...attributes, 'content-type': 'application/json', ...headers }
  return mesh(`${ingress}/${to}`, { method: 'POST', headers: all, body })
}

const post = (contentType: string, body: unknown) =>
  mesh(`${ingress}/default`, { method: 'POST', headers: { 'content-type': contentType }, body: JSON.stringify(body) })
const structured = (id: string, more = {}) => ({
  ...{ specversion: '1.0', id, source: '/shop', type: 'order.created', datacontenttype: 'application/json' },
  ...{ data: { order: id }, ...more },
})
const isOf =
  (id: string, path?: string) =>
  ({ headers, path: at }: Recorded) =>
    headers['ce-id'] === id && (path === undefined || at === path)
const receivedOf = async (service: string, id: string, path?: string) =>
  (await plane.received(service)).filter(isOf(id, path))
const delivered = (service: string, id: string, path?: string, count = 1) =>
  eventually(
    () => receivedOf(service, id, path),
    found => found.length >= count,
  )
const gaps = (tries: Recorded[]) => tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0))
const errorOf = ({ headers }: Recorded) => ({
  code: headers['ce-knativeerrorcode'],
  destination: headers['ce-knativeerrordest'],
  data: Buffer.from(headers['ce-knativeerrordata'] ?? '', 'base64').toString(),
})
const one = async (found: Promise<Recorded[]>): Promise<Recorded> => {
  const [first] = await found
  if (!first) throw new Error('nothing was received')
  return first
}

describe('an accepted event', () => {
  it('OBS-28 wakes its consumer from zero', async () => {
    expect((await plane.get<{ items: unknown[] }>('pods', '-n', 'app')).items).toEqual([])
    expect(await send('order.created', 'first')).toMatchObject({ status: 202, body: '' })
    expect((await one(delivered('sink', 'first'))).path).toBe('/all')
  })

  it('arrives as a cluster delivers it: which headers pass, which do not, and the trace goes on', async () => {
    const passing = { traceparent, 'x-b3-sampled': '1', 'knative-note': 'n', 'ce-devuser': 'x' }
    await send('order.created', 'headers', { ...passing, 'x-dev-user': 'x', authorization: 'secret', 'kn-x': 'x' })
    const { headers, body } = await one(delivered('sink', 'headers'))
    expect(headers).toMatchObject({
      ...{ 'x-b3-sampled': '1', 'knative-note': 'n', 'ce-devuser': 'x' },
      ...{ 'ce-specversion': '1.0', 'ce-type': 'order.created', 'ce-source': '/shop', prefer: 'reply' },
      ...{ 'content-type': 'application/json', 'kn-namespace': 'app' },
    })
    expect(headers.traceparent).toContain('0af7651916cd43dd8448eb211c80319c')
    expect(headers['ce-knativearrivaltime']).toMatch(/^\d{4}-\d\d-\d\dT/)
    for (const name of ['x-dev-user', 'authorization', 'kn-x', 'ce-knativebrokerttl'])
      expect(headers).not.toHaveProperty(name)
    expect(JSON.parse(body)).toEqual({ order: 'headers' })
  })

  it('may come structured or in a batch, and leaves in binary mode', async () => {
    expect((await post('application/cloudevents+json', structured('s-1', { subject: 'a b', count: 7 }))).status).toBe(
      202,
    )
    expect((await post('application/cloudevents-batch+json', [structured('b-1'), structured('b-2')])).status).toBe(202)
    const { headers, body } = await one(delivered('sink', 's-1'))
    expect(headers).toMatchObject({ 'ce-subject': 'a b', 'ce-count': '7', 'content-type': 'application/json' })
    expect(JSON.parse(body)).toEqual({ order: 's-1' })
    for (const id of ['b-1', 'b-2']) await delivered('sink', id)
  })

  it('goes to the triggers whose attributes match, and to no other', async () => {
    await send('order.created', 'of-beta', { 'ce-devuser': 'beta' })
    await send('order.created', 'of-gamma', { 'ce-devuser': 'gamma' })
    await Promise.all([
      delivered('sink', 'of-beta', '/beta'),
      delivered('sink', 'of-beta', '/all'),
      delivered('sink', 'of-gamma'),
    ])
    expect(await receivedOf('sink', 'of-gamma', '/beta')).toEqual([])
  })
})

describe('what is no event', () => {
  it.each([
    ['a message without CloudEvents attributes', 400, 'application/json', { order: 1 }],
    ['a structured event without its id', 400, 'application/cloudevents+json', structured('', { id: undefined })],
    ['a batch with one broken event', 400, 'application/cloudevents-batch+json', [structured('whole'), {}]],
  ])('%s is refused', async (_what, status, contentType, body) => {
    expect((await post(contentType, body)).status).toBe(status)
    expect(await receivedOf('sink', 'whole')).toEqual([])
  })

  it('a broker that is not there gives 404, another method 405', async () => {
    expect((await send('order.created', 'lost', {}, 'nosuch')).status).toBe(404)
    expect(await mesh(`${ingress}/default`)).toMatchObject({ status: 405, headers: { allow: 'POST, OPTIONS' } })
  })
})

describe('a reply', () => {
  it('enters the broker again and goes on in the same trace', async () => {
    await send('order.placed', 'o-1', { traceparent })
    const { headers, body } = await one(delivered('sink', 'paid-o-1', '/paid'))
    expect(headers).toMatchObject({ 'ce-type': 'order.paid', 'ce-source': '/payer' })
    expect(headers.traceparent).toContain('0af7651916cd43dd8448eb211c80319c')
    expect(JSON.parse(body)).toEqual({ paid: { order: 'o-1' } })
  })

  it('goes round 255 times at most, and then to the dead-letter sink', async () => {
    await send('loop', 'round')
    const dead = await one(delivered('dead', 'round'))
    expect(errorOf(dead)).toMatchObject({ code: '400', destination: `${ingress}/default` })
    expect(await receivedOf('echo', 'round')).toHaveLength(255)
  })
})

describe('a consumer that fails', () => {
  it('is tried again as its trigger says; then the dead-letter sink learns what went wrong', async () => {
    await send('doomed', 'd-1', { traceparent })
    const dead = await one(delivered('dead', 'd-1'))
    const tries = await receivedOf('failing', 'd-1')
    expect(tries).toHaveLength(4)
    for (const [index, gap] of gaps(tries).entries()) expect(gap).toBeGreaterThanOrEqual(100 * 2 ** index - 5)
    expect(errorOf(dead)).toEqual({
      code: '500',
      destination: 'http://failing.app.svc.cluster.local',
      data: 'out of order',
    })
    expect(dead.headers).toMatchObject({ 'ce-knativebrokerttl': '255', 'ce-type': 'doomed' })
    expect(JSON.parse(dead.body)).toEqual({ order: 'd-1' })
  })

  it('with a dead-letter sink as its whole delivery spec is tried once', async () => {
    await send('hasty', 'h-1')
    await delivered('dead', 'h-1')
    expect(await receivedOf('failing', 'h-1')).toHaveLength(1)
  })

  it('OBS-27 that refuses a poison event is not asked again', async () => {
    await send('poison', 'p-1')
    expect(errorOf(await one(delivered('dead', 'p-1')))).toMatchObject({ code: '400', data: 'no order' })
    expect(await receivedOf('poison', 'p-1')).toHaveLength(1)
  })

  it('that answers 2xx with a body which is no event has failed', async () => {
    await send('chat', 'c-1')
    expect(errorOf(await one(delivered('dead', 'c-1'))).code).toBe('502')
    expect(await receivedOf('chatty', 'c-1')).toHaveLength(2)
  })

  it('that asks for time is given it', async () => {
    await send('rush', 'r-1')
    expect(gaps(await delivered('busy', 'r-1', undefined, 2))[0]).toBeGreaterThanOrEqual(995)
  })

  it('slowly does not slow another one', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `flood-${index}`)
    await send('flood', 'wake')
    await delivered('slow', 'wake')
    await delivered('sink', 'wake', '/flood')
    await Promise.all(ids.map(id => send('flood', id)))
    const last = await eventually(
      async () => (await plane.received('sink')).filter(({ path }) => path === '/flood'),
      found => found.length === ids.length + 1,
    )
    // Fifty at a time and 1.5 s each: the slow one cannot have taken the last ten when the quick one had all.
    const slow = await plane.received('slow')
    expect(slow.filter(({ at }) => at <= (last.at(-1)?.at ?? 0)).length).toBeLessThanOrEqual(51)
    await eventually(
      async () => (await plane.received('slow')).length,
      count => count === ids.length + 1,
    )
  })
})

describe('objects that come and go', () => {
  interface Conditioned {
    status?: { conditions?: { type: string; status: string; message?: string }[] }
  }
  const readyOf = async (name: string) => {
    const { status } = await plane.get<Conditioned>('trigger', name, '-n', 'app')
    return status?.conditions?.find(({ type }) => type === 'Ready')
  }

  it('a trigger whose subscriber appears later delivers from then on', async () => {
    await plane.apply(trigger('late', { type: 'late' }))
    expect(
      await eventually(
        () => readyOf('late'),
        ready => ready?.status === 'False',
      ),
    ).toMatchObject({
      message: 'failed to get object app/late: services.serving.knative.dev "late" not found',
    })
    expect((await send('late', 'too-early')).status).toBe(202)
    await plane.apply(plane.consumer('late', 'sink'))
    await eventually(
      () => readyOf('late'),
      ready => ready?.status === 'True',
    )
    await send('late', 'in-time')
    await delivered('late', 'in-time')
    expect(await receivedOf('late', 'too-early')).toEqual([])
  })

  it('a broker that is deleted takes nothing; made again it serves its triggers as before', async () => {
    await send('brief', 'before', {}, 'brief')
    await delivered('sink', 'before', '/brief')
    await plane.remove('broker', 'brief', '-n', 'app')
    expect((await send('brief', 'between', {}, 'brief')).status).toBe(404)
    await plane.apply(broker('brief'))
    await eventually(
      () => send('brief', 'after', {}, 'brief'),
      ({ status }) => status === 202,
    )
    await delivered('sink', 'after', '/brief')
    expect(await receivedOf('sink', 'between')).toEqual([])
  })
})
