import { describe, expect, it } from 'vitest'
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import { isPending, type Lease, type Refusal } from '../../seams/upstreams.ts'
import type { Pod } from './pod.ts'
import { podKind } from './pod.ts'
import { world } from './world.ts'

const golden = { name: 'hello-00001', initialScale: 0 }

describe('a revision at zero', () => {
  it('starts an instance in the turn of the first request and grants its place when it is ready', async () => {
    const { scaling, fake, clock } = await world(golden)
    expect(fake.started).toEqual([])
    const pending = scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' })
    expect(fake.started).toHaveLength(1)
    fake.ready()
    const lease = await granted(pending)
    expect(lease.endpoint).toEqual({ path: '/run/hello.sock', protocol: 'http1' })
    expect(lease.viaActivator).toBe(true)
    expect(lease.limits).toEqual({ timeoutMs: 300_000, responseStartTimeoutMs: 0, idleTimeoutMs: 0 })
    await clock.advance(20)
    expect(scaling.workloads.status('app', 'hello-00001')).toMatchObject({ ready: 1, running: 1, failure: undefined })
  })

  it('is initialized at once, inactive, and runs no timer', async () => {
    const { status, alarms } = await world(golden)
    expect(status()).toMatchObject({
      actualScale: 0,
      desiredScale: 0,
      serviceName: 'hello-00001',
      observedGeneration: 1,
    })
    expect(condition(status(), 'ScaleTargetInitialized')).toEqual(['True', undefined, undefined])
    expect(condition(status(), 'Active')).toEqual(['False', 'NoTraffic', 'The target is not receiving traffic.'])
    expect(condition(status(), 'Ready')).toEqual(['False', 'NoTraffic', 'The target is not receiving traffic.'])
    expect(condition(status(), 'SKSReady')).toEqual(['True', undefined, undefined])
    expect(alarms()).toBe(0)
  })

  it('says that requests are queued while it starts, and that it is active afterwards', async () => {
    const { scaling, fake, clock, status } = await world(golden)
    void granted(scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' }))
    await clock.advance(20)
    expect(condition(status(), 'Active')?.slice(0, 2)).toEqual(['Unknown', 'Queued'])
    fake.ready()
    await clock.advance(20)
    expect(condition(status(), 'Active')?.[0]).toBe('True')
    expect(status()).toMatchObject({ actualScale: 1, desiredScale: 1 })
  })

  it('goes back to zero one stable window after the last request, and no timer is left', async () => {
    const { scaling, fake, clock, status, alarms, store } = await world({ ...golden, annotations: { window: '6s' } })
    await clock.advance(40_000)
    const pending = scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' })
    fake.ready()
    ;(await granted(pending)).release()
    await clock.advance(5_000)
    expect(fake.stopped).toEqual([])
    expect(store.list(podKind)).toHaveLength(1)
    await clock.advance(10_000)
    expect(fake.stopped).toHaveLength(1)
    expect(status()).toMatchObject({ actualScale: 0, desiredScale: 0 })
    expect(condition(status(), 'Active')?.slice(0, 2)).toEqual(['False', 'NoTraffic'])
    expect(store.list(podKind)).toEqual([])
    expect(alarms()).toBe(0)
  })

  it('wakes again after it went to zero', async () => {
    const { scaling, fake, clock } = await world({ ...golden, annotations: { window: '6s' } })
    const target = { namespace: 'app', revision: 'hello-00001' }
    const first = scaling.upstreams.lease(target)
    fake.ready()
    ;(await granted(first)).release()
    await clock.advance(60_000)
    const second = scaling.upstreams.lease(target)
    expect(fake.started).toHaveLength(2)
    fake.ready()
    expect((await granted(second)).endpoint).toBeDefined()
  })

  it('keeps its instance while a request lasts longer than the window', async () => {
    const { scaling, fake, clock } = await world({ ...golden, annotations: { window: '6s' } })
    const pending = scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' })
    fake.ready()
    const lease = await granted(pending)
    await clock.advance(120_000)
    expect(fake.stopped).toEqual([])
    lease.release()
    await clock.advance(20_000)
    expect(fake.stopped).toHaveLength(1)
  })
})

describe('a lease on a revision', () => {
  it('that does not exist is refused as the activator does', async () => {
    const { scaling } = await world(golden)
    const refusal = thrown(() => scaling.upstreams.lease({ namespace: 'app', revision: 'fac-revnh' }))
    expect(refusal.status).toBe(404)
    expect(refusal.body).toBe('Error getting active endpoint: revision.serving.knative.dev "fac-revnh" not found\n')
  })

  it('that has a ready instance is given at once', async () => {
    const { scaling, fake } = await world({ name: 'hello-00001', initialScale: 1 })
    fake.ready()
    await settle()
    expect(isPending(scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' }))).toBe(false)
  })

  it('times out with 504 when no instance gets ready within timeoutSeconds', async () => {
    const { scaling, clock } = await world({ ...golden, spec: { timeoutSeconds: 5 } })
    const refusal = refused(scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' }))
    await clock.advance(5_000)
    expect(await refusal).toMatchObject({ status: 504, body: 'activator request timeout' })
  })

  it('is refused with the reason once the instance failed twice in a row', async () => {
    const { scaling, fake, clock } = await world(golden)
    const target = { namespace: 'app', revision: 'hello-00001' }
    const refusal = refused(scaling.upstreams.lease(target))
    fake.crash({ reason: 'ExitCode3', message: 'boom\n', exitCode: 3 })
    await settle()
    expect(fake.started).toHaveLength(2)
    fake.crash({ reason: 'ExitCode3', message: 'boom\n', exitCode: 3 })
    expect(await refusal).toMatchObject({ status: 503, body: 'ExitCode3: boom\n', headers: { 'retry-after': '10' } })
    expect(thrown(() => scaling.upstreams.lease(target))).toMatchObject({ status: 503 })
    expect(scaling.workloads.status('app', 'hello-00001').failure?.reason).toBe('ExitCode3')
    await clock.advance(10_000)
    expect(fake.started).toHaveLength(3)
  })
})

describe('the initial scale', () => {
  it('starts all instances in parallel and is reached when all are ready', async () => {
    const { fake, clock, status } = await world({ name: 'hello-00001', initialScale: 3 })
    expect(fake.started).toHaveLength(3)
    expect(condition(status(), 'ScaleTargetInitialized')?.[0]).toBe('Unknown')
    for (let one = 0; one < 3; one++) fake.ready(one)
    await clock.advance(20)
    expect(condition(status(), 'ScaleTargetInitialized')?.[0]).toBe('True')
  })

  it('that is never reached ends at the progress deadline, half a minute later', async () => {
    const annotations = { 'serving.knative.dev/progress-deadline': '60s' }
    const { fake, clock, status } = await world({ name: 'hello-00001', initialScale: 1, raw: annotations })
    await clock.advance(89_000)
    expect(fake.stopped).toEqual([])
    await clock.advance(2_000)
    expect(fake.stopped).toHaveLength(1)
    expect(condition(status(), 'Active')?.slice(0, 2)).toEqual(['False', 'NoTraffic'])
  })
})

describe('pods', () => {
  it('show the instance with labels, image digest and environment as on a cluster', async () => {
    const { store, clock, fake } = await world({ name: 'hello-00001', initialScale: 1 })
    fake.ready()
    await clock.advance(20)
    const [pod] = store.list<Pod>(podKind)
    expect(pod?.metadata.name).toMatch(/^hello-00001-deployment-[a-z0-9]{8,10}-[a-z0-9]{5}$/)
    expect(pod?.metadata.labels).toMatchObject({
      app: 'hello-00001',
      'service.istio.io/canonical-name': 'hello',
      'service.istio.io/canonical-revision': 'hello-00001',
      'serving.knative.dev/revision': 'hello-00001',
    })
    expect(pod?.spec.containers[0]?.env).toContainEqual({ name: 'K_REVISION', value: 'hello-00001' })
    expect(pod?.spec.containers[0]?.image).toBe('dev.local/lab/echo@sha256:62f8')
    expect(pod?.status).toMatchObject({
      phase: 'Running',
      podIP: '127.0.0.1',
      containerStatuses: [{ restartCount: 0 }, { name: 'queue-proxy' }],
    })
  })

  it('count restarts of their container under the same name', async () => {
    const { store, clock, fake } = await world({ name: 'hello-00001', initialScale: 1 })
    fake.ready()
    await clock.advance(20)
    const [before] = store.list<Pod>(podKind)
    fake.crash({ reason: 'ExitCode1', message: 'x', exitCode: 1 })
    await clock.advance(20)
    const [after] = store.list<Pod>(podKind)
    expect(after?.metadata.name).toBe(before?.metadata.name)
    expect(after?.status).toMatchObject({
      containerStatuses: [{ restartCount: 1 }, { name: 'queue-proxy', restartCount: 0 }],
    })
  })

  it('that are deleted stop their instance, and another one takes its place', async () => {
    const { store, clock, fake } = await world({
      name: 'hello-00001',
      initialScale: 1,
      annotations: { 'min-scale': '1' },
    })
    fake.ready()
    await clock.advance(20)
    const name = store.list(podKind)[0]?.metadata.name ?? ''
    store.delete({ ...podKind, namespace: 'app', name })
    await clock.advance(40)
    expect(fake.stopped).toEqual([name])
    expect(fake.started).toHaveLength(2)
    expect(store.list(podKind).map(pod => pod.metadata.name)).toEqual([fake.started[1]?.name])
  })

  it('of a deleted revision go, and its instances stop', async () => {
    const { store, clock, fake } = await world({ name: 'hello-00001', initialScale: 2 })
    await clock.advance(20)
    store.delete({ group: 'serving.knative.dev', kind: 'Revision', namespace: 'app', name: 'hello-00001' })
    await clock.advance(20)
    expect(fake.stopped).toHaveLength(2)
    expect(fake.started).toHaveLength(2)
    expect(store.list(podKind)).toEqual([])
  })
})

describe('scaling down', () => {
  it('waits until the requests of the leaving instance are over before it is stopped', async () => {
    const { scaling, fake, clock, store } = await world({ name: 'hello-00001', initialScale: 1 })
    fake.ready()
    await settle()
    const lease = scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' }) as Lease
    await clock.advance(20)
    store.delete({ ...podKind, namespace: 'app', name: store.list(podKind)[0]?.metadata.name ?? '' })
    await clock.advance(1_000)
    expect(fake.stopped).toEqual([])
    lease.release()
    await settle()
    expect(fake.stopped).toHaveLength(1)
  })

  it('stops every instance when the room closes', async () => {
    const { scaling, fake } = await world({ name: 'hello-00001', initialScale: 2 })
    await scaling.stop()
    expect(fake.stopped).toHaveLength(2)
  })
})

describe('an instance that leaves', () => {
  it('is stopped after timeoutSeconds even when a stream never ends', async () => {
    const spec = { timeoutSeconds: 30 }
    const { scaling, fake, clock, store } = await world({ name: 'hello-00001', initialScale: 1, spec })
    fake.ready()
    await settle()
    scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' })
    await clock.advance(20)
    store.delete({ ...podKind, namespace: 'app', name: store.list(podKind)[0]?.metadata.name ?? '' })
    await clock.advance(29_000)
    expect(fake.stopped).toEqual([])
    await clock.advance(1_000)
    expect(fake.stopped).toHaveLength(1)
  })
})

describe('instances that fail requests', () => {
  it('are not offered until they take connections again', async () => {
    const { scaling, fake, clock } = await world({ name: 'hello-00001', initialScale: 1 })
    const target = { namespace: 'app', revision: 'hello-00001' }
    fake.ready()
    await settle()
    fake.alive = false
    const lease = scaling.upstreams.lease(target) as Lease
    lease.fail()
    const next = scaling.upstreams.lease(target)
    expect(isPending(next)).toBe(true)
    await clock.advance(1_000)
    fake.alive = true
    await clock.advance(250)
    expect((await granted(next)).endpoint).toBeDefined()
  })
})

describe('a runtime that starts again', () => {
  it('finds pods and statuses of the earlier run and sets them right', async () => {
    const { fake, clock, status: before, again } = await world({ name: 'hello-00001', initialScale: 1 })
    fake.ready()
    await clock.advance(40)
    expect(before()?.actualScale).toBe(1)
    const next = again()
    expect(next.store.list(podKind)).toEqual([])
    await clock.advance(20)
    expect(next.fake.started).toEqual([])
    const status = () => next.store.get<PodAutoscaler>(autoscaling.podAutoscaler, 'app', 'hello-00001')?.status
    expect(status()).toMatchObject({ actualScale: 0, desiredScale: 0 })
    expect(condition(status(), 'Active')?.slice(0, 2)).toEqual(['False', 'NoTraffic'])
  })
})

describe('demand', () => {
  it('starts further instances at the next tick: 30 requests at 10 each need 5 at 70 %', async () => {
    const { scaling, fake, clock } = await world({
      name: 'hello-00001',
      initialScale: 1,
      spec: { containerConcurrency: 10 },
    })
    fake.ready()
    await settle()
    for (let request = 0; request < 30; request++)
      scaling.upstreams.lease({ namespace: 'app', revision: 'hello-00001' })
    await clock.advance(8_000)
    expect(fake.started.length).toBe(5)
    fake.readyAll()
    await settle()
    expect(scaling.workloads.status('app', 'hello-00001').ready).toBe(5)
  })
})

describe('a chain of cold functions', () => {
  /** `a-00001` and `b-00001`, both at zero. */
  async function twoCold() {
    const cold = { initialScale: 0, annotations: { window: '6s' } }
    const made = await world({ name: 'a-00001', ...cold })
    made.add({ name: 'b-00001', ...cold })
    await made.clock.advance(20)
    return made
  }

  it('starts in parallel the second time', async () => {
    const { scaling, fake, clock } = await twoCold()
    for (const expected of [1, 2]) {
      const a = scaling.upstreams.lease({ namespace: 'app', revision: 'a-00001' })
      await clock.advance(0)
      expect(fake.live()).toBe(expected)
      fake.readyAll()
      const leaseA = await granted(a)
      const b = scaling.upstreams.lease({ namespace: 'app', revision: 'b-00001' })
      fake.readyAll()
      ;(await granted(b)).release()
      leaseA.release()
      await clock.advance(60_000)
      expect(fake.live()).toBe(0)
    }
  })

  it('does not count a call nobody waits for', async () => {
    const { scaling, fake, clock } = await twoCold()
    for (let wake = 0; wake < 2; wake++) {
      const a = scaling.upstreams.lease({ namespace: 'app', revision: 'a-00001' })
      await clock.advance(0)
      expect(fake.live()).toBe(1)
      const b = scaling.upstreams.lease({ namespace: 'app', revision: 'b-00001', background: true })
      fake.readyAll()
      ;(await granted(a)).release()
      ;(await granted(b)).release()
      await clock.advance(60_000)
    }
  })
})

function condition(status: PodAutoscaler['status'], type: string) {
  const found = conditionOf(status?.conditions, type)
  return found && [found.status, found.reason, found.message]
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

async function granted(lease: ReturnType<Awaited<ReturnType<typeof world>>['scaling']['upstreams']['lease']>) {
  return isPending(lease) ? lease.granted : lease
}

function refused(
  lease: ReturnType<Awaited<ReturnType<typeof world>>['scaling']['upstreams']['lease']>,
): Promise<Refusal> {
  return granted(lease).then(
    () => Promise.reject(new Error('granted')),
    (refusal: Refusal) => refusal,
  )
}

function thrown(act: () => unknown): Refusal {
  try {
    act()
  } catch (error) {
    return error as Refusal
  }
  throw new Error('nothing was thrown')
}
