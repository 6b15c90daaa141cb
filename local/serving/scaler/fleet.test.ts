import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { isPending, type Lease } from '../../seams/upstreams.ts'
import { Meter } from '../activator/meter.ts'
import { Pool } from '../activator/pool.ts'
import { Fleet } from './fleet.ts'
import { FakeInstances } from './world.ts'

function fleetOf(containerConcurrency = 1) {
  const clock = new FakeClock()
  const window = { seconds: 10, weighting: 'linear' } as const
  const meter = new Meter({ metric: 'concurrency', stable: window, panic: window }, clock.now())
  const limits = { timeoutMs: 60_000, responseStartTimeoutMs: 0, idleTimeoutMs: 0 }
  const random = seededRandom(1)
  const pool = new Pool({ clock, random, meter, limits, containerConcurrency, onFailed: seat => fleet.suspect(seat) })
  const fake = new FakeInstances()
  const spec = { namespace: 'app', revision: 'r', configuration: 'c', service: 's', labels: {}, annotations: {} }
  const rest = { pod: { containers: [] }, digests: [], graceMs: 60_000 }
  let count = 0
  const fleet: Fleet = new Fleet({
    clock,
    pool,
    protocol: 'http1',
    drainMs: limits.timeoutMs,
    newName: () => `pod-${count++}`,
    start: name => fake.start({ ...spec, ...rest, name }),
    probe: () => Promise.resolve(true),
    changed: () => {},
  })
  return { fleet, pool, fake, clock }
}

describe('a fleet that shrinks', () => {
  it('lets those go first that are not ready, then the one with the fewest requests', async () => {
    const { fleet, pool, fake, clock } = fleetOf()
    fleet.scaleTo(3)
    fake.ready(0)
    fake.ready(1)
    await clock.advance(0)
    const lease = pool.lease() as Lease
    expect(lease.endpoint).toBeDefined()
    fleet.scaleTo(2)
    await clock.advance(0)
    expect(fake.stopped).toEqual(['pod-2'])
    fleet.scaleTo(1)
    await clock.advance(0)
    expect(fake.stopped).toEqual(['pod-2', 'pod-1'])
    expect(fleet.members.map(member => member.name)).toEqual(['pod-0'])
  })

  it('cancels the restart of an instance that backs off', async () => {
    const { fleet, fake, clock } = fleetOf()
    fleet.scaleTo(1)
    for (let crash = 0; crash < 2; crash++) {
      fake.crash({ reason: 'ExitCode1', message: 'x' })
      await clock.advance(0)
    }
    expect(fleet.backingOffMs()).toBe(10_000)
    fleet.scaleTo(0)
    await clock.advance(60_000)
    expect(fake.started).toHaveLength(2)
    expect(fleet.members).toEqual([])
  })
})

describe('a fleet that loses an instance', () => {
  it('replaces it at once and forgets the failure when the next one is ready', async () => {
    const { fleet, fake, clock } = fleetOf()
    fleet.scaleTo(1)
    fake.ready()
    await clock.advance(0)
    fake.crash({ reason: 'OOMKilled', message: 'too much', exitCode: 137 })
    await clock.advance(0)
    expect(fleet.failure?.reason).toBe('OOMKilled')
    expect([fleet.ready, fleet.size, fake.started.length]).toEqual([0, 1, 2])
    fake.ready()
    await clock.advance(0)
    expect([fleet.failure, fleet.ready]).toEqual([undefined, 1])
  })

  it('is worth waiting for when that is killed again and again before it is ready', async () => {
    const { fleet, fake, clock } = fleetOf()
    fleet.scaleTo(1)
    for (let kill = 0; kill < 40; kill++) {
      fake.crash({ reason: 'ExitCode137', message: '', exitCode: 137 })
      await clock.advance(0)
      expect(fleet.backingOffMs()).toBeUndefined()
      await clock.advance(2_000)
    }
    expect(fake.started).toHaveLength(41)
  })

  it('stays without it once it was told to stop', async () => {
    const { fleet, fake, clock } = fleetOf()
    fleet.scaleTo(2)
    await fleet.stop()
    await clock.advance(60_000)
    expect([fake.started.length, fake.stopped.length, fleet.size]).toEqual([2, 2, 0])
  })
})

describe('an instance whose readiness probe fails later', () => {
  it('gets no further requests until it passes again; those it has go on', async () => {
    const { fleet, pool, fake, clock } = fleetOf(0)
    fleet.scaleTo(2)
    fake.readyAll()
    await clock.advance(0)
    fake.probed(false, 0)
    expect(fleet.ready).toBe(1)
    const places = Array.from({ length: 6 }, () => pool.lease() as Lease)
    expect(fleet.members.map(({ seat }) => seat?.inFlight)).toEqual([0, 6])
    fake.probed(true, 0)
    expect(fleet.ready).toBe(2)
    for (const place of places) place.release()
    const later = Array.from({ length: 6 }, () => pool.lease() as Lease)
    expect(later).toHaveLength(6)
    expect(fleet.members.every(({ seat }) => (seat?.inFlight ?? 0) > 0)).toBe(true)
  })

  it('leaves requests waiting when it is the only one', async () => {
    const { fleet, pool, fake, clock } = fleetOf()
    fleet.scaleTo(1)
    fake.ready()
    await clock.advance(0)
    fake.probed(false)
    const waiting = pool.lease()
    if (!isPending(waiting)) throw new Error('the request was let through')
    fake.probed(true)
    expect((await waiting.granted).endpoint).toEqual({ path: '/run/hello.sock', protocol: 'http1' })
  })

  it('is replaced as any other when it ends', async () => {
    const { fleet, fake, clock } = fleetOf()
    fleet.scaleTo(1)
    fake.ready()
    await clock.advance(0)
    fake.probed(false)
    fake.crash({ reason: 'ExitCode1', message: 'x' })
    await clock.advance(0)
    expect(fake.started).toHaveLength(2)
    expect(fleet.backingOffMs()).toBeUndefined()
    // Its word comes too late.
    fake.probed(true, 0)
    expect(fleet.ready).toBe(0)
  })
})
