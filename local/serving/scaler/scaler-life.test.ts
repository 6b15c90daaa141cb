// A revision's instances through a day: configuration that changes, crashes, the path of requests, several revisions.
import { describe, expect, it } from 'vitest'
import { core } from '../../api/core/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { isPending, type Lease, type PendingLease, type Refusal } from '../../seams/upstreams.ts'
import { createScaling } from './scaler.ts'
import { FakeInstances, type RevisionOptions, world } from './world.ts'

const zero: RevisionOptions = { name: 'hello-00001', initialScale: 0 }
const target = { namespace: 'app', revision: 'hello-00001' }

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
const granted = async (lease: Lease | PendingLease) => (isPending(lease) ? lease.granted : lease)

function outcome(lease: () => Lease | PendingLease): { now: string } {
  const seen = { now: 'waiting' }
  try {
    const made = lease()
    if (!isPending(made)) return { now: 'granted' }
    made.granted.then(
      () => Object.assign(seen, { now: 'granted' }),
      (refusal: Refusal) => Object.assign(seen, { now: `${refusal.status} ${refusal.body}` }),
    )
  } catch (error) {
    seen.now = `${(error as Refusal).status} ${(error as Refusal).body}`
  }
  return seen
}

const crash = { reason: 'ExitCode7', message: 'bye\n', exitCode: 7 }

describe('a new revision that no route leads to', () => {
  it('shows that it comes up, is Active for the stable window, and goes', async () => {
    const { clock, fake, status } = await world({ name: 'hello-00001', initialScale: 2, reachability: 'Unreachable' })
    const active = () => status()?.conditions?.find(one => one.type === 'Active')
    expect([fake.started.length, active()?.reason]).toEqual([2, 'Queued'])
    fake.readyAll()
    await clock.advance(30)
    expect([status()?.actualScale, active()?.status]).toEqual([2, 'True'])
    expect(status()?.conditions?.find(one => one.type === 'ScaleTargetInitialized')?.status).toBe('True')
    await clock.advance(120_000)
    expect([fake.live(), active()?.reason]).toEqual([0, 'NoTraffic'])
  })
})

describe('an instance that dies', () => {
  it('is never offered again, though its address still answers, and the next one starts in the same turn', async () => {
    const { scaling, fake, clock } = await world(zero)
    const first = scaling.upstreams.lease(target)
    fake.ready()
    const lease = await granted(first)
    lease.fail()
    fake.crash({ reason: 'ExitCode137', message: '', exitCode: 137 })
    await settle()
    const next = outcome(() => scaling.upstreams.lease(target))
    expect(fake.started).toHaveLength(2)
    await clock.advance(5_000)
    expect(next.now).toBe('waiting')
    fake.ready()
    await settle()
    expect(next.now).toBe('granted')
  })

  it('only seemingly is back after 10 ms', async () => {
    const { scaling, fake, clock } = await world(zero)
    const first = scaling.upstreams.lease(target)
    fake.ready()
    ;(await granted(first)).fail()
    const next = outcome(() => scaling.upstreams.lease(target))
    await clock.advance(9)
    expect(next.now).toBe('waiting')
    await clock.advance(1)
    expect([next.now, fake.started.length]).toEqual(['granted', 1])
  })

  it('after it served is started again at once, and who comes meanwhile waits', async () => {
    const { scaling, fake, clock } = await world(zero)
    const first = scaling.upstreams.lease(target)
    fake.ready()
    ;(await granted(first)).release()
    fake.crash(crash)
    await settle()
    const next = outcome(() => scaling.upstreams.lease(target))
    expect([next.now, fake.started.length]).toEqual(['waiting', 2])
    fake.ready()
    await clock.advance(0)
    expect(next.now).toBe('granted')
  })

  it('ready, with the second request of its life, backs off, and who comes waits for it: it came up before', async () => {
    const { scaling, fake, clock } = await world(zero)
    const first = outcome(() => scaling.upstreams.lease(target))
    fake.crash(crash)
    await settle()
    fake.ready()
    await settle()
    expect(first.now).toBe('granted')
    fake.crash(crash)
    await settle()
    const next = outcome(() => scaling.upstreams.lease(target))
    await clock.advance(9_000)
    expect(next.now).toBe('waiting')
    await clock.advance(1_000)
    fake.ready()
    await clock.advance(0)
    expect(next.now).toBe('granted')
  })

  it('twice before it was ready leaves no hope: who waits and who comes is refused with its last words', async () => {
    const { scaling, fake } = await world(zero)
    const waiting = outcome(() => scaling.upstreams.lease(target))
    fake.crash(crash)
    await settle()
    fake.crash(crash)
    await settle()
    expect(waiting.now).toBe('503 ExitCode7: bye\n\n'.replace('\n\n', '\n'))
    expect(outcome(() => scaling.upstreams.lease(target)).now).toBe('503 ExitCode7: bye\n')
  })

  it('and comes back after its back-off: requests are served again', async () => {
    const { scaling, fake, clock } = await world(zero)
    outcome(() => scaling.upstreams.lease(target))
    for (let time = 0; time < 2; time++) {
      fake.crash(crash)
      await settle()
    }
    await clock.advance(10_000)
    fake.ready()
    await clock.advance(20)
    expect(outcome(() => scaling.upstreams.lease(target)).now).toBe('granted')
    expect(scaling.workloads.status('app', 'hello-00001')).toMatchObject({ ready: 1, failure: undefined })
  })

  it('beside another one that serves is no failure of the revision', async () => {
    const { scaling, fake, clock } = await world({ ...zero, initialScale: 2 })
    fake.readyAll()
    await clock.advance(20)
    fake.crash(crash)
    await clock.advance(20)
    expect(scaling.workloads.status('app', 'hello-00001')).toMatchObject({ ready: 1, failure: undefined })
    expect(outcome(() => scaling.upstreams.lease(target)).now).toBe('granted')
  })
})

describe('the path of requests', () => {
  const rows: [
    sentence: string,
    annotations: Record<string, string>,
    initialScale: number,
    direct: boolean,
    activators: number,
  ][] = [
    ['at zero leads through the activator', {}, 0, false, 3],
    ['with one instance lacks burst capacity: through the activator', {}, 1, false, 4],
    ['with enough instances is direct', { 'target-burst-capacity': '100' }, 3, true, 4],
    ['without a burst to keep is direct', { 'target-burst-capacity': '0' }, 1, true, 2],
    ['with an unbounded one is never direct', { 'target-burst-capacity': '-1' }, 3, false, 3],
  ]
  it.for(rows)('%s', async ([, annotations, initialScale, direct, activators]) => {
    const { scaling, fake, clock } = await world({
      ...zero,
      initialScale,
      annotations: { 'min-scale': String(initialScale), ...annotations },
    })
    fake.readyAll()
    await clock.advance(20)
    if (initialScale > 0) (await granted(scaling.upstreams.lease(target))).release()
    await clock.advance(4_000)
    expect(scaling.workloads.status('app', 'hello-00001')).toMatchObject({ direct, activators })
  })

  it('of a revision nobody knows ends with 404', async () => {
    const { scaling } = await world(zero)
    expect(outcome(() => scaling.upstreams.lease({ namespace: 'app', revision: 'nope' })).now).toBe(
      '404 Error getting active endpoint: revision.serving.knative.dev "nope" not found\n',
    )
  })

  it('of a revision in another namespace is not this one’s', async () => {
    const { scaling } = await world(zero)
    expect(outcome(() => scaling.upstreams.lease({ ...target, namespace: 'other' })).now).toMatch(/^404 /)
  })
})

describe('bounds', () => {
  const rows: [sentence: string, annotations: Record<string, string>, requests: number, started: number][] = [
    ['max-scale holds however many wait', { 'max-scale': '2', target: '1' }, 50, 2],
    ['activation-scale starts several for one request', { 'activation-scale': '4' }, 1, 4],
    ['activation-scale holds to max-scale', { 'activation-scale': '4', 'max-scale': '3' }, 1, 3],
    ['one request starts one', {}, 1, 1],
  ]
  it.for(rows)('%s', async ([, annotations, requests, started]) => {
    const { scaling, fake, clock } = await world({ ...zero, annotations })
    for (let one = 0; one < requests; one++) outcome(() => scaling.upstreams.lease(target))
    await clock.advance(4_000)
    expect(fake.started).toHaveLength(started)
  })

  it('min-scale keeps its instances through an idle hour', async () => {
    const { fake, clock } = await world({ ...zero, annotations: { 'min-scale': '3', window: '6s' } })
    fake.readyAll()
    await clock.advance(3_600_000)
    expect([fake.live(), fake.stopped.length]).toEqual([3, 0])
  })
})

/** A room whose config-autoscaler can change, with what it logged. */
function configured() {
  const clock = new FakeClock()
  const random = seededRandom(1)
  const store = new ObjectStore({ clock, random })
  const logged: string[] = []
  const log: Log = (_level, message) => logged.push(message)
  const metadata = { name: 'config-autoscaler', namespace: 'knative-serving' }
  const read = () =>
    store.get<KubeObject & { data?: Record<string, string> }>(core.configMap, metadata.namespace, metadata.name)
  const scaling = createScaling({
    store,
    clock,
    random,
    log,
    instances: new FakeInstances(),
    config: () => read()?.data ?? {},
  })
  const configure = (data: Record<string, string>) => {
    const found = read()
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
    if (found) store.update({ ...structuredClone(found), data } as KubeObject)
    else store.create(object)
  }
  return { scaling, configure, logged }
}

describe('a config-autoscaler that cannot be taken', () => {
  const rows: [sentence: string, data: Record<string, string>, logged: string][] = [
    [
      'in one key',
      { 'min-scale': 'x' },
      'config-autoscaler: min-scale: must be a number, was "x"; the last good one stays in force',
    ],
    [
      'whose keys contradict each other',
      { 'min-scale': '3', 'max-scale': '2' },
      'config-autoscaler: min-scale: 3 is more than max-scale 2; the last good one stays in force',
    ],
  ]
  it.for(rows)('%s, is logged', ([, data, line]) => {
    const { configure, logged } = configured()
    configure({ 'min-scale': '1' })
    expect(logged).toEqual([])
    configure(data)
    expect(logged).toEqual([line])
  })

  it('leaves no good key of its own behind', async () => {
    const data: Record<string, string>[] = [{ 'allow-zero-initial-scale': 'true' }]
    const { clock, store, scaling, fake } = await world({ ...zero, config: () => data[0] ?? {} })
    data[0] = { 'allow-zero-initial-scale': 'true', 'min-scale': '2', 'max-scale': '1' }
    const metadata = { name: 'config-autoscaler', namespace: 'knative-serving' }
    store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata } as KubeObject)
    await clock.advance(4_000)
    expect(fake.started).toEqual([])
    expect(scaling.workloads.status('app', 'hello-00001').running).toBe(0)
    data[0] = { 'allow-zero-initial-scale': 'true', 'min-scale': '2' }
    const found = structuredClone(
      store.get<KubeObject>(core.configMap, 'knative-serving', 'config-autoscaler') as KubeObject,
    )
    store.update({ ...found, data: data[0] } as KubeObject)
    await clock.advance(4_000)
    expect(fake.started).toHaveLength(2)
  })
})
