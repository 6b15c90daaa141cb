// Writes that fail at any point: the controllers try again, and the end is the same as if nothing had happened.
import { describe, expect, it } from 'vitest'
import { core } from '../api/core/types.ts'
import { networking } from '../api/networking/types.ts'
import { type Service, serving } from '../api/serving/types.ts'
import { conditionOf } from '../kernel/conditions.ts'
import { StatusError } from '../kernel/errors.ts'
import type { KubeObject } from '../kernel/object.ts'
import { World } from './harness.ts'

type Write = 'create' | 'update' | 'updateStatus' | 'delete'

const service = (version: string, traffic?: unknown[]): KubeObject => {
  const env = [{ name: 'VERSION', value: version }]
  const spec = { template: { spec: { containers: [{ image: 'a/b', env }] } }, ...(traffic ? { traffic } : {}) }
  const metadata = { name: 's', namespace: 'n' }
  const object = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata, spec }
  return object
}

const tagged = [{ latestRevision: true, percent: 100, tag: 'now' }]

/** Makes the n-th write of that sort fail once, as a store does whose object was changed meanwhile. */
const conflict = new StatusError('Conflict', 'the object has been modified')

function failing(made: World, write: Write, n: number, error: Error = conflict): { failed: boolean } {
  const original = made.store[write].bind(made.store) as (object: never) => never
  const state = { failed: false }
  let count = 0
  const broken = (object: never) => {
    // The autoscaler's own writes are the harness's.
    if ((object as KubeObject).kind !== 'PodAutoscaler' || write !== 'updateStatus') count++
    if (count !== n || state.failed) return original(object)
    state.failed = true
    throw error
  }
  Object.assign(made.store, { [write]: broken })
  return state
}

/** What stands at the end, without what differs from run to run. */
function picture(made: World): unknown {
  const kinds = [
    serving.configuration,
    serving.revision,
    serving.route,
    networking.ingress,
    networking.serverlessService,
    core.service,
  ]
  return kinds.map(kind =>
    made.store
      .list<KubeObject & { spec?: unknown }>(kind)
      .map(one => [
        one.kind,
        one.metadata.name,
        one.metadata.ownerReferences?.map(owner => `${owner.kind} ${owner.name}`),
        conditionOf((one as Service).status?.conditions, 'Ready')?.status,
        (one as Service).status?.traffic?.map(target => [target.revisionName, target.percent, target.tag]),
      ]),
  )
}

async function story(made: World, fail: () => { failed: boolean }): Promise<{ failed: boolean }> {
  made.store.create(prepared(made, service('1', tagged)))
  const state = fail()
  await made.settled()
  await made.advance(60_000)
  return state
}

// Created as a user would, before anything fails: what fails here are the controllers' own writes.
function prepared(made: World, object: KubeObject): KubeObject {
  const draft = structuredClone(object)
  made.defaulted(draft)
  return draft
}

describe('a Service gets ready whichever write of the controllers fails once', () => {
  const writes: [write: Write, most: number][] = [
    ['create', 12],
    ['update', 6],
    ['updateStatus', 24],
  ]
  for (const [write, most] of writes) {
    it(`${write}: each in turn`, async context => {
      const wanted = new World()
      context.onTestFinished(() => wanted.stop())
      await story(wanted, () => ({ failed: true }))
      const whole = picture(wanted)
      let failures = 0
      for (let n = 1; n <= most; n++) {
        const made = new World()
        context.onTestFinished(() => made.stop())
        const { failed } = await story(made, () => failing(made, write, n))
        if (failed) failures++
        const { status } = made.get<Service>(serving.service, 'n', 's')
        expect(conditionOf(status?.conditions, 'Ready')?.status, `${write} ${n}`).toBe('True')
        expect(picture(made), `${write} ${n}`).toEqual(whole)
      }
      expect(failures).toBeGreaterThan(1)
    })
  }

  it('a deletion that fails is tried again: a tag taken away takes its Service along', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    await made.apply(service('1', tagged))
    const state = failing(made, 'delete', 1)
    await made.apply(service('1', [{ latestRevision: true, percent: 100 }]))
    await made.advance(60_000)
    expect(state.failed).toBe(true)
    expect(made.store.get(core.service, 'n', 'now-s')).toBeUndefined()
  })

  it('a failure that is no conflict is logged with the key it concerns', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    await story(made, () => failing(made, 'create', 1, new Error('disk full')))
    expect(made.logged).toEqual(['service n/s: disk full'])
  })
})

describe('what somebody else breaks is made whole again', () => {
  const rows: [sentence: string, kind: { group: string; kind: string }, name: string][] = [
    ['the Configuration', serving.configuration, 's'],
    ['the Route', serving.route, 's'],
    ['the Ingress', networking.ingress, 's'],
    ['the placeholder Service', core.service, 's'],
    ['the placeholder of a tag', core.service, 'now-s'],
    ['the PodAutoscaler', { group: 'autoscaling.internal.knative.dev', kind: 'PodAutoscaler' }, 's-00001'],
    ['the ServerlessService', networking.serverlessService, 's-00001'],
    ['the Service of the revision', core.service, 's-00001'],
    ['the Service of its instances', core.service, 's-00001-private'],
  ]
  it.for(rows)('%s, deleted', async ([, kind, name], context) => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    await made.apply(service('1', tagged))
    const { uid } = made.get(kind, 'n', name).metadata
    made.store.delete({ ...kind, namespace: 'n', name })
    await made.settled()
    await made.advance(60_000)
    const again = made.get(kind, 'n', name)
    expect(again.metadata.uid).not.toBe(uid)
    const { status } = made.get<Service>(serving.service, 'n', 's')
    expect(conditionOf(status?.conditions, 'Ready')?.status).toBe('True')
  })

  it('an Ingress that was edited by hand', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    await made.apply(service('1'))
    const before = structuredClone(made.ingress('n', 's').spec)
    const found = structuredClone(made.ingress('n', 's'))
    made.store.update({ ...found, spec: { rules: [] } })
    await made.settled()
    expect(made.ingress('n', 's').spec).toEqual(before)
  })
})
