// The relay under its first rules, row by row, over HTTP: on the local runtime and on clusters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshCall } from '../../load/mesh-client.ts'
import { expectShare, many, tally } from './many.ts'
import { type Plane, startPlane } from './plane.ts'
import { host, relayWorld } from './relay-world.ts'
import { eventually } from './skiff.ts'
import { lasting } from './target.ts'

let plane: Plane
let mesh: MeshCall
const relay = relayWorld(() => plane)
const beta = { 'x-dev-user': 'betaUser' }
const stress = { 'x-dev-user': 'stressTest' }

beforeAll(async () => {
  plane = await startPlane('relay')
  mesh = await plane.caller('relay')
})
afterAll(() => plane?.stop())

describe('an answer of the relay', () => {
  it('AIR-01, AIR-45 comes to the first request, everything asleep: four lines', async () => {
    const { status, lines } = await relay.tell()
    expect(status).toBe(200)
    expect(lines).toHaveLength(4)
  })

  it('AIR-02 is three hops in the words of the original', async () => {
    const { lines } = await relay.tell()
    for (const line of lines.slice(0, 3)) {
      expect(line).toMatch(/^tooks \(\d+ ms\) [a-z-]+ --getRespondFrom--> http:\/\/[a-z.-]+\/[\w/]*$/)
    }
  })

  it('AIR-03 ends at the clock for load tests', async () => {
    expect((await relay.tell(stress)).lines[3]).toMatch(
      /^tooks \(\d+\.\d{3} ms\) clock-svc-golang at [0-9T:-]+(Z|[+-][0-9:]{5})$/,
    )
  })

  it('AIR-04 is plain text, at either host', async () => {
    for (const name of [host, 'api.relay.localhost']) {
      const answer = await plane.ask(name, '/')
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    }
  })

  it('AIR-14, AIR-15 is a greeting at /hello, whatever the method', async () => {
    expect((await relay.get('/hello')).body).toBe('{"hello":"world!"}')
    expect(await relay.get('/hello', {}, 'PUT')).toMatchObject({ status: 200, body: '{}' })
  })

  it('AIR-16 repeats who asked', async () => {
    expect((await relay.get('/', beta)).headers['x-dev-user']).toBe('betaUser')
    expect((await relay.get('/')).headers['x-dev-user']).toBeUndefined()
  })

  it('AIR-17 has told the last hop what the first was told', async () => {
    const span = `span-${crypto.randomUUID()}`
    await relay.get('/', { ...stress, 'x-ot-span-context': span })
    await eventually(
      () => plane.logs('clock', 'relay'),
      text => text.includes(span),
    )
  })

  it('KNI-08 names the service and the revision', async () => {
    const { headers } = await relay.get('/')
    expect(headers['x-service']).toBe('front')
    expect(headers['x-revision']).toMatch(/^front-(py|no|go)$/)
  })
})

describe('who answers', () => {
  it('AIR-05 the three fronts share the load', lasting(120), async () => {
    const fronts = tally((await many(900, () => relay.tell())).map(({ front }) => front))
    expect(Object.keys(fronts).toSorted()).toEqual(['random-svc-golang', 'random-svc-node', 'random-svc-python'])
    for (const [name, percent] of [
      ['python', 0.34],
      ['node', 0.33],
      ['golang', 0.33],
    ] as const) {
      expectShare(fronts[`random-svc-${name}`], 900, percent)
    }
  })

  it(
    'AIR-06, AIR-11 a fifth meets the canary, nobody the development; the core asks outside',
    lasting(120),
    async () => {
      const answers = await many(1_000, () => relay.tell())
      const middles = tally(answers.map(({ middle }) => middle))
      expect(Object.keys(middles).toSorted()).toEqual(['canary-svc-golang', 'prod-svc-python'])
      expectShare(middles['canary-svc-golang'], 1_000, 0.2)
      expect(tally(answers.map(({ core }) => core))).toEqual({ 'core-svc-golang': 1_000 })
      expect(JSON.parse(answers[0]?.lines[3] ?? '')).toMatchObject({ timezone: 'Asia/Jakarta' })
    },
  )

  it('AIR-07, AIR-08 betaUser always meets the development, the test core and the clock', async () => {
    const answers = await many(200, () => relay.tell(beta))
    expect(tally(answers.map(({ middle, core }) => `${middle} ${core}`))).toEqual({
      'dev-svc-node load-svc-golang': 200,
    })
    expect(answers.every(({ lines }) => lines[3]?.includes(' clock-svc-golang at '))).toBe(true)
  })

  it('AIR-09, AIR-10 stressTest shares the middleware with all, and has the test core', lasting(120), async () => {
    const answers = await many(1_000, () => relay.tell(stress))
    expectShare(tally(answers.map(({ middle }) => middle))['canary-svc-golang'], 1_000, 0.2)
    expect(tally(answers.map(({ core }) => core))).toEqual({ 'load-svc-golang': 1_000 })
  })

  it('AIR-12 the value counts to the letter, AIR-13 the name in any case', async () => {
    const lower = await many(50, () => relay.tell({ 'x-dev-user': 'betauser' }))
    expect(lower.map(({ middle }) => middle)).not.toContain('dev-svc-node')
    expect((await relay.tell({ 'X-DEV-User': 'betaUser' })).middle).toBe('dev-svc-node')
  })
})

describe('failing on request', () => {
  it('AIR-18 fail=1 is 500 without a body, AIR-19 fail=0 is none', async () => {
    expect(await relay.get('/', { fail: '1' })).toMatchObject({ status: 500, body: '' })
    expect((await relay.get('/', { fail: '0' })).status).toBe(200)
  })

  it('AIR-20 fail=0.3 of one hop is three in ten', lasting(120), async () => {
    const statuses = await many(1_000, async () =>
      String((await mesh('http://clock.relay/', { headers: { fail: '0.3' } })).status),
    )
    expect(Object.keys(tally(statuses)).toSorted()).toEqual(['200', '500'])
    expectShare(tally(statuses)['500'], 1_000, 0.3)
  })

  it('AIR-23 a value that is none is 400, and nobody crashes of it', async () => {
    interface Pods {
      items: { status: { containerStatuses?: { restartCount: number }[] } }[]
    }
    expect((await relay.get('/', { fail: 'abc' })).status).toBe(400)
    const { items } = await plane.get<Pods>('pods', '-n', 'relay')
    expect(items.flatMap(pod => pod.status.containerStatuses ?? []).every(one => one.restartCount === 0)).toBe(true)
  })
})

describe('what is there', () => {
  interface Route {
    spec: { traffic: { tag: string; percent: number }[] }
  }
  interface Service {
    spec: { template: { spec: { containers: { ports: { containerPort: number }[]; env: { name: string }[] }[] } } }
  }

  it('AIR-31 the split stands in the route', async () => {
    const { spec } = await plane.get<Route>('route', 'middleware', '-n', 'relay')
    expect(spec.traffic.map(({ tag, percent }) => [tag, percent])).toEqual([
      ['prod', 80],
      ['canary', 20],
      ['dev', 0],
    ])
  })

  it('AIR-32 each tag has a host inside, AIR-33 and none outside', async () => {
    const inside = await mesh('http://dev-middleware.relay.svc.cluster.local/hello')
    expect([inside.status, inside.headers['x-revision']]).toEqual([200, 'middleware-dev'])
    for (const name of ['dev-middleware', 'middleware', 'front']) {
      expect((await plane.ask(`${name}.relay.localhost`, '/hello')).status).toBe(404)
    }
  })

  it('AIR-34 the port is the container’s, not a variable', async () => {
    const { spec } = await plane.get<Service>('ksvc', 'core', '-n', 'relay')
    const [container] = spec.template.spec.containers
    expect(container?.ports[0]?.containerPort).toBe(2000)
    expect(container?.env.map(({ name }) => name)).not.toContain('PORT')
  })
})
