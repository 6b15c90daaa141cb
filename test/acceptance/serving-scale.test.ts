// How many instances a revision has: what its annotations say, and what requests make of it.
import { afterAll, beforeAll, expect } from 'vitest'
import { pause } from '../../load/world.ts'
import { onlyLocal } from './only-local.ts'
import {
  conditionOf,
  isReady,
  ksvc,
  makeService,
  podsOf,
  revision,
  type ServingWorld,
  scaler,
  servingWorld,
  type Template,
} from './serving-world.ts'
import { eventually } from './skiff.ts'

const { describe, it } = onlyLocal('it counts on the ticks of the runtime’s autoscaler')

let world: ServingWorld

beforeAll(async () => {
  world = await servingWorld({
    'config-autoscaler': {
      'allow-zero-initial-scale': 'true',
      'initial-scale': '0',
      'tick-interval': '200ms',
      'scale-to-zero-grace-period': '1s',
    },
  })
})
afterAll(() => world?.stop())

const host = (name: string) => `${name}.default.localhost`
const pods = async (service: string) => (await world.get(podsOf(service))).items?.map(one => one.metadata.name) ?? []
const scaleOf = async (name: string) => (await world.get(scaler(`${name}-00001`))).status ?? {}

/** Keeps `parallel` requests of `ms` going until `until` is done. */
async function press(name: string, parallel: number, ms: number, until: Promise<unknown>): Promise<void> {
  let over = false
  const client = async () => {
    while (!over) await world.seen(host(name), {}, `/?ms=${ms}`)
  }
  const clients = Array.from({ length: parallel }, client)
  await until.finally(() => {
    over = true
  })
  await Promise.all(clients)
}

const reaches = (name: string, count: number) =>
  eventually(
    () => pods(name),
    names => names.length >= count,
    15,
  )

describe.concurrent('the first instances', () => {
  const rows: [sentence: string, name: string, annotations: Record<string, string>, wanted: number][] = [
    ['at initial-scale 0 a revision is Ready with none', 'zero', {}, 0],
    ['at initial-scale 3 it is Ready once it had three', 'initial', { 'initial-scale': '3' }, 3],
    ['at min-scale 2 it is Ready with two', 'min', { 'min-scale': '2' }, 2],
    [
      'initial-scale counts more than max-scale until it was reached',
      'first',
      { 'initial-scale': '3', 'max-scale': '2' },
      3,
    ],
  ]
  it.for(rows)('%s', async ([, name, annotations, wanted]) => {
    await world.create(makeService(name, { annotations: { window: '60s', ...annotations } }))
    // Watched from the start: once it is Ready the first scale is forgotten.
    const seen = await eventually(
      async () => ({ pods: await pods(name), ready: isReady(await world.get(ksvc(name))) }),
      one => one.pods.length >= wanted && (one.ready || wanted > 0),
    )
    expect(seen.pods).toHaveLength(wanted)
    await world.ready(name)
  })

  it('at activation-scale 2 the first request wakes two', async () => {
    await world.service('activation', { annotations: { 'activation-scale': '2', window: '60s' } })
    await world.seen(host('activation'))
    await reaches('activation', 2)
  })
})

describe.concurrent('instances for requests', () => {
  const parallel: [sentence: string, name: string, template: Template, clients: number, wanted: number][] = [
    ['a target of 2 asks for as many as requests need', 'target', { annotations: { target: '2' } }, 6, 3],
    ['a hard limit of 1 asks for one a request', 'limit', { spec: { containerConcurrency: 1 } }, 3, 3],
    [
      'rps counts requests that arrive',
      'rps',
      { annotations: { metric: 'rps', target: '10', 'target-burst-capacity': '0' } },
      8,
      3,
    ],
  ]
  it.for(parallel)('%s', async ([, name, template, clients, wanted]) => {
    await world.service(name, template)
    await press(name, clients, 100, reaches(name, wanted))
  })

  it('max-scale holds, and requests wait for the one instance, which takes them one by one', async () => {
    await world.service('max', { annotations: { 'max-scale': '1' }, spec: { containerConcurrency: 1 } })
    const answers = await Promise.all(Array.from({ length: 12 }, () => world.seen(host('max'), {}, '/?ms=30')))
    expect(new Set(answers.map(one => one.instance)).size).toBe(1)
    expect(Math.max(...answers.map(one => one.most))).toBe(1)
    expect(await pods('max')).toHaveLength(1)
  })

  it('out of the path, the activator says so: the ServerlessService serves directly', async () => {
    await world.service('direct', { annotations: { 'target-burst-capacity': '0', 'min-scale': '1' } })
    const sks = '/apis/networking.internal.knative.dev/v1alpha1/namespaces/default/serverlessservices/direct-00001'
    await world.seen(host('direct'))
    const made = await eventually(
      () => world.get(sks),
      one => one.spec?.mode === 'Serve',
    )
    expect(conditionOf(made)?.status).toBe('True')
    const { headers } = await world.seen(host('direct'))
    expect(headers['k-proxy-request']).toBeUndefined()
  })
})

describe('back to zero', () => {
  it('after its window an idle revision goes to zero; retention, delay and minimum keep others; it wakes again', async () => {
    const window = { window: '6s' }
    await Promise.all([
      world.service('idle', { annotations: window }),
      world.service('kept', { annotations: { ...window, 'scale-to-zero-pod-retention-period': '60s' } }),
      world.service('least', { annotations: { ...window, 'min-scale': '1' } }),
      world.service('delayed', { annotations: { ...window, 'scale-down-delay': '60s', target: '1' } }),
    ])
    await press('delayed', 3, 50, reaches('delayed', 3))
    for (const name of ['idle', 'kept', 'least']) await world.seen(host(name))
    await eventually(
      () => pods('idle'),
      names => names.length === 0,
      25,
    )
    expect(await scaleOf('idle')).toMatchObject({ actualScale: 0, desiredScale: 0 })
    const active = conditionOf(await world.get(revision('idle-00001')), 'Active')
    expect(active).toMatchObject({ status: 'False', reason: 'NoTraffic', severity: 'Info' })
    await pause(1_000)
    const left = await Promise.all(['kept', 'least', 'delayed'].map(pods))
    expect(left.map(names => names.length >= 1)).toEqual([true, true, true])
    expect(left[2]?.length).toBeGreaterThanOrEqual(3)
    expect((await world.seen(host('idle'))).revision).toBe('idle-00001')
  })
})

describe('a config-autoscaler', () => {
  const rows: [sentence: string, data: Record<string, string>, message: string][] = [
    [
      'with a word for a number',
      { 'max-scale-up-rate': 'fast' },
      'must be a number, was "fast": data.max-scale-up-rate',
    ],
    [
      'whose keys contradict each other',
      { 'min-scale': '3', 'max-scale': '2' },
      '3 is more than max-scale 2: data.min-scale',
    ],
  ]
  it.for(rows)('%s is refused as a whole, and the one before holds', async ([, data, message]) => {
    const path = '/api/v1/namespaces/knative-serving/configmaps/config-autoscaler'
    const { code, body } = await world.api('PATCH', path, { data: { ...data, 'initial-scale': '5' } })
    const frame = 'admission webhook "config.webhook.serving.knative.dev" denied the request: validation failed: '
    expect([code, body.message]).toEqual([400, frame + message])
    expect((await world.get(path)).data).toMatchObject({ 'initial-scale': '0' })
  })

  it('of another bound is followed by revisions that stand', async () => {
    await world.create(makeService('follows', { annotations: { window: '60s' } }))
    await world.ready('follows')
    await world.configure('config-autoscaler', { 'min-scale': '1' })
    await reaches('follows', 1)
    await world.configure('config-autoscaler', { 'min-scale': null })
  })
})
