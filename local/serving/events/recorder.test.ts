// Events are counted when they come again, and bounded in number and age.
import { beforeEach, describe, expect, it } from 'vitest'
import { core, type Event } from '../../api/core/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { recordEvents } from './recorder.ts'

let clock: FakeClock
let store: ObjectStore
let stop: () => void

beforeEach(() => {
  clock = new FakeClock(Date.parse('2026-11-21T08:00:00Z'))
  store = new ObjectStore({ clock, random: seededRandom(1) })
  stop = recordEvents({ store, clock, log: () => {} })
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
})

const events = () => store.list<Event>(core.event, { namespace: 'n' })

function service(name: string, namespace = 'n'): KubeObject {
  return { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name, namespace } }
}

function becomes(object: KubeObject, status: 'True' | 'False'): KubeObject {
  const conditions = [{ type: 'Ready', status, reason: 'Because', message: 'of this' }]
  return store.updateStatus({ ...object, status: { conditions } } as KubeObject)
}

describe('events', () => {
  it('are written a moment later, about the object as it is', async () => {
    const made = store.create(service('s'))
    becomes(made, 'True')
    expect(events()).toEqual([])
    await clock.advance(50)
    const [event] = events()
    expect(event).toMatchObject({
      involvedObject: {
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Service',
        namespace: 'n',
        name: 's',
        uid: made.metadata.uid,
      },
      ...{ type: 'Normal', reason: 'ServiceReady', count: 1, source: { component: 'service-controller' } },
      ...{ firstTimestamp: '2026-11-21T08:00:00Z', lastTimestamp: '2026-11-21T08:00:00Z' },
    })
  })

  it('wait for a quiet moment, but never longer than a second', async () => {
    let one = store.create(service('s'))
    for (let told = 0; told < 25; told++) {
      one = becomes(one, told % 2 ? 'False' : 'True')
      await clock.advance(40)
      if (told === 23) expect(events()).toEqual([])
    }
    expect(
      events()
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual(['Because', 'ServiceReady'])
    becomes(one, 'False')
    await clock.advance(50)
    expect(events().find(({ reason }) => reason === 'Because')?.count).toBe(13)
  })

  it('that come again are counted', async () => {
    let one = store.create(service('s'))
    for (let round = 0; round < 3; round++) {
      one = becomes(one, 'False')
      await clock.advance(1_000)
      one = becomes(one, 'True')
      await clock.advance(1_000)
    }
    expect(events().map(({ reason, count }) => [reason, count])).toEqual(
      expect.arrayContaining([
        ['Because', 3],
        ['ServiceReady', 3],
      ]),
    )
    const [event] = events()
    expect(Date.parse(event?.lastTimestamp ?? '')).toBeGreaterThan(Date.parse(event?.firstTimestamp ?? ''))
  })

  it('are 500 a namespace at most, the newest', async () => {
    for (let index = 0; index < 520; index++) {
      becomes(store.create(service(`s${index}`)), 'True')
      if (index % 20 === 19) await clock.advance(1_000)
    }
    await clock.advance(1_000)
    const names = events().map(one => one.involvedObject.name)
    expect(names).toHaveLength(500)
    expect(names).toContain('s519')
    expect(names).not.toContain('s0')
  })

  it('older than an hour go', async () => {
    becomes(store.create(service('old')), 'True')
    await clock.advance(3_600_000)
    becomes(store.create(service('new')), 'True')
    await clock.advance(2_000)
    expect(events().map(one => one.involvedObject.name)).toEqual(['new'])
  })

  it('of a namespace that is gone are not kept', async () => {
    becomes(store.create(service('s', 'gone')), 'True')
    await clock.advance(50)
    expect(store.list(core.event)).toEqual([])
  })

  it('end with the recorder', async () => {
    becomes(store.create(service('s')), 'True')
    stop()
    await clock.advance(1_000)
    expect(events()).toEqual([])
  })
})
