// The relay's rule sets, its way out of the mesh, its canary and its end, over HTTP: on the local runtime and on clusters.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { paced } from '../../load/paced.ts'
import { projectDir } from '../../load/world.ts'
import { expectShare, many, tally } from './many.ts'
import { type Plane, soonAsleep, startPlane } from './plane.ts'
import { relayWorld } from './relay-world.ts'
import { eventually } from './skiff.ts'
import { lasting } from './target.ts'

let plane: Plane
const relay = relayWorld(() => plane)
const beta = { 'x-dev-user': 'betaUser' }
const stress = { 'x-dev-user': 'stressTest' }
const middles = async (count: number, headers = {}) =>
  tally((await many(count, () => relay.tell(headers))).map(({ middle }) => middle))
const cores = async (count: number, headers = {}) =>
  tally((await many(count, () => relay.tell(headers))).map(({ core }) => core))
const through = async () =>
  (await many(1_000, () => relay.tell({ fail: '0.3' }))).filter(({ status }) => status === 200).length

beforeAll(async () => {
  plane = await startPlane('relay')
})
afterAll(() => plane?.stop())

describe('a rule set, put in force by one word', () => {
  it('AIR-25 prod: production alone, for betaUser too', async () => {
    await relay.rules('prod', beta, ({ middle, core }) => middle === 'prod-svc-python' && core === 'core-svc-golang')
    expect(await middles(200, beta)).toEqual({ 'prod-svc-python': 200 })
    expect(await cores(20, beta)).toEqual({ 'core-svc-golang': 20 })
  })

  it(
    'AIR-21 prod: of requests that fail three times in ten at each of three hops, a third comes through',
    lasting(120),
    async () => {
      expectShare(await through(), 1_000, 0.343)
    },
  )

  it('AIR-22, AIR-24 retry: of the same requests next to all come through', lasting(180), async () => {
    interface Route {
      spec: { http: { retries: object }[] }
    }
    await plane.rules('relay', 'retry')
    const { spec } = await plane.get<Route>('virtualservice', 'route-front', '-n', 'relay')
    expect(spec.http.at(-1)?.retries).toEqual({
      attempts: 4,
      perTryTimeout: '2s',
      retryOn: '5xx,reset,connect-failure',
    })
    await relay.rules('retry', {}, ({ status }) => status === 200)
    expect(await through()).toBeGreaterThanOrEqual(990)
  })

  it('AIR-26 dev: the development alone', async () => {
    await relay.rules('dev', {}, ({ middle }) => middle === 'dev-svc-node')
    expect(await middles(200)).toEqual({ 'dev-svc-node': 200 })
  })

  it('AIR-27 canary: the split for all, whatever the header says', async () => {
    await relay.rules('canary', beta, ({ middle }) => middle !== 'dev-svc-node')
    const seen = await middles(200, beta)
    expect(Object.keys(seen).toSorted()).toEqual(['canary-svc-golang', 'prod-svc-python'])
    expectShare(seen['canary-svc-golang'], 200, 0.2)
  })

  it('AIR-28 beta: the canary for betaUser, the split for the others', async () => {
    await relay.rules('beta', beta, ({ middle }) => middle === 'canary-svc-golang')
    expect(await middles(200, beta)).toEqual({ 'canary-svc-golang': 200 })
    expectShare((await middles(200))['canary-svc-golang'], 200, 0.2)
  })

  it('AIR-29 stress: the test core for stressTest alone', async () => {
    await relay.rules('stress', stress, ({ core }) => core === 'load-svc-golang')
    expect(await cores(50, beta)).toEqual({ 'core-svc-golang': 50 })
    expect(await cores(50, stress)).toEqual({ 'load-svc-golang': 50 })
  })

  it('AIR-30 current: as at the start', async () => {
    await relay.rules('current', beta, ({ middle, core }) => middle === 'dev-svc-node' && core === 'load-svc-golang')
    expect(await middles(50, beta)).toEqual({ 'dev-svc-node': 50 })
    expectShare((await middles(400))['canary-svc-golang'], 400, 0.2)
    expect(await cores(50, stress)).toEqual({ 'load-svc-golang': 50 })
  })
})

describe('the way out of the mesh', () => {
  it('AIR-35 is shut for a host the mesh does not know, and open again when it does', async () => {
    await plane.remove('serviceentry', 'worldtimeapi', '-n', 'relay')
    const shut = await eventually(
      () => relay.tell(),
      ({ status }) => status !== 200,
    )
    expect(shut.status).toBe(502)
    expect(shut.core).toBe('core-svc-golang')
    expect(shut.lines.slice(3)).toEqual(['upstream answered 502', ''])
    const mesh = await plane.caller('relay')
    for (const url of ['http://worldtimeapi.org/api/timezone/Asia/Jakarta/', 'http://nobody.example.com/']) {
      expect(await mesh(url)).toMatchObject({ status: 502, body: '', headers: { server: 'envoy' } })
    }
    expect((await relay.tell(stress)).status).toBe(200)
    await plane.apply('istio/relay/egress.yaml')
    const open = await eventually(
      () => relay.tell(),
      ({ status }) => status === 200,
    )
    expect(JSON.parse(open.lines[3] ?? '')).toMatchObject({ timezone: 'Asia/Jakarta' })
  })
})

describe('the canary of the middleware', () => {
  it('AIR-47 its share follows the split, and goes back', lasting(120), async () => {
    const follows = async (canary: number) => {
      await relay.split({ prod: 100 - canary, canary })
      return eventually(
        () => middles(100),
        seen => Math.abs((seen['canary-svc-golang'] ?? 0) - canary) <= (canary % 100 === 0 ? 0 : 20),
        5,
      )
    }
    expect(await follows(0)).toEqual({ 'prod-svc-python': 100 })
    expect((await follows(20))['canary-svc-golang']).toBeGreaterThan(0)
    expect(await follows(100)).toEqual({ 'canary-svc-golang': 100 })
    expect(await follows(0)).toEqual({ 'prod-svc-python': 100 })
  })

  it(
    'AIR-46 betaUser stays with the development while the split moves, and no request fails',
    lasting(120),
    async () => {
      const steps = [0, 10, 30, 50, 100, 0]
      const moving = (async () => {
        for (const canary of steps) await relay.split({ prod: 100 - canary, canary })
      })()
      let moved = false
      void moving.finally(() => {
        moved = true
      })
      const answers: string[] = []
      while (!moved) {
        for (const { status, middle } of await many(50, () => relay.tell(beta))) answers.push(`${status} ${middle}`)
      }
      await moving
      expect(tally(answers)).toEqual({ '200 dev-svc-node': answers.length })
      expect(answers.length).toBeGreaterThanOrEqual(200)
      await relay.split({ prod: 80, canary: 20 })
    },
  )
})

describe('under load', () => {
  it('AIR-38 fifty requests a second for twenty seconds meet the test core, and none fails', lasting(90), async () => {
    const answers = await paced(1_000, 50, async () => {
      const { status, core } = await relay.tell(stress)
      return `${status} ${core}`
    })
    expect(tally(answers)).toEqual({ '200 load-svc-golang': 1_000 })
  })
})

describe('the end', () => {
  /** All of the relay but its namespace, each object once. */
  const manifests = ['istio/relay', 'knative/relay'].flatMap(folder => {
    const kustomization = readFileSync(join(projectDir, folder, 'kustomization.yaml'), 'utf8')
    const { resources } = parse(kustomization) as { resources: string[] }
    return resources.filter(file => file !== 'namespace.yaml').map(file => `${folder}/${file}`)
  })
  const pods = async () => (await plane.get<{ items: unknown[] }>('pods', '-n', 'relay')).items.length

  it('AIR-36 all nine workloads sleep when nobody asks', lasting(90), async () => {
    await plane.configure('config-autoscaler', soonAsleep)
    await eventually(pods, count => count === 0, 60)
    expect((await relay.tell()).status).toBe(200)
  })

  it('AIR-44 one command takes everything away', async () => {
    await plane.remove(...manifests)
    for (const kind of [
      'ksvc',
      'virtualservice',
      'serviceentry',
      'gateway',
      'sidecar',
      'peerauthentication',
      'secret',
    ]) {
      expect((await plane.get<{ items: unknown[] }>(kind, '-n', 'relay')).items, kind).toEqual([])
    }
    await eventually(pods, count => count === 0)
    expect((await relay.get('/')).status).toBe(404)
  })
})
