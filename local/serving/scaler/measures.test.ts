import { describe, expect, it } from 'vitest'
import { isPending, type Lease, type PendingLease } from '../../seams/upstreams.ts'
import { world } from './world.ts'

const target = { namespace: 'app', revision: 'hello-00001' }
const sleeping = { name: 'hello-00001', initialScale: 0 }

const granted = async (lease: Lease | PendingLease) => (isPending(lease) ? await lease.granted : lease)

describe('what a scaler tells of a revision', () => {
  it('at zero: no pods, nobody waits, and who it is', async () => {
    const { scaling } = await world(sleeping)
    const [one, ...more] = scaling.measures()
    expect(more).toEqual([])
    expect(one).toMatchObject({ ...target, pods: [], queued: 0, active: 0, proxied: true, metric: 'concurrency' })
    expect(one?.labels['serving.knative.dev/revision']).toBe('hello-00001')
  })

  it('while it wakes: who waits, and the pod that starts', async () => {
    const { scaling, fake } = await world(sleeping)
    const pending = scaling.upstreams.lease(target)
    const [waking] = scaling.measures()
    expect(waking).toMatchObject({ queued: 1, active: 0, desired: 1, requested: 1 })
    expect(waking?.pods).toMatchObject([{ state: 'starting', readyAt: undefined, endpoint: undefined }])
    fake.ready()
    await granted(pending)
    expect(scaling.measures()[0]).toMatchObject({ queued: 0, active: 1, pods: [{ state: 'ready' }] })
  })

  it('one pod by its name, with when it came up, and the lease that names it', async () => {
    const { scaling, fake, clock } = await world(sleeping)
    const pending = scaling.upstreams.lease(target)
    const begun = clock.now()
    await clock.advance(30)
    fake.ready()
    const { instance = '' } = await granted(pending)
    expect(scaling.pod(instance)).toMatchObject({
      ...{ name: instance, startedAt: begun, readyAt: begun + 30, endpoint: { path: '/run/hello.sock' } },
    })
    expect(scaling.pod('hello-00001-deployment-other')).toBeUndefined()
  })
})
