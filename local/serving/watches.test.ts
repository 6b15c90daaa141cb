// Which controllers look again after a change: a row a kind of change.
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { core } from '../api/core/types.ts'
import { networking } from '../api/networking/types.ts'
import { type Service, serving } from '../api/serving/types.ts'
import type { GroupKind, KubeObject } from '../kernel/object.ts'
import { World } from './harness.ts'
import { dependents, isOwn } from './watches.ts'

let made: World

beforeAll(async () => {
  made = new World()
  const container = { name: 'c', image: 'a/b' }
  const object = (kind: string, spec: object, version = 'v1') =>
    ({
      apiVersion: `serving.knative.dev/${version}`,
      kind,
      metadata: { name: 's', namespace: 'n' },
      spec,
    }) as unknown as KubeObject
  await made.apply(object('Service', { template: { spec: { containers: [container] } } }))
  const mapping = object(
    'DomainMapping',
    { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 's' } },
    'v1beta1',
  )
  await made.apply({ ...mapping, metadata: { name: 's.example.org', namespace: 'n' } })
  await made.configure('config-network', {})
  await made.configure('config-gc', {})
  return () => made.stop()
})

const work = (object: KubeObject) =>
  [...new Set(dependents(made.store, { type: 'MODIFIED', object }).map(([queue, key]) => `${queue} ${key}`))].sort()

describe('a change of', () => {
  const rows: [sentence: string, kind: GroupKind, name: string, work: string[]][] = [
    [
      'a Service concerns itself and the mappings to it',
      serving.service,
      's',
      ['domainMapping n/s.example.org', 'service n/s'],
    ],
    [
      'a Configuration concerns its Service, its routes and old revisions',
      serving.configuration,
      's',
      ['configuration n/s', 'gc n/s', 'route n/s', 'service n/s'],
    ],
    [
      'a Revision concerns its Configuration, the routes to it and old revisions',
      serving.revision,
      's-00001',
      ['configuration n/s', 'gc n/s', 'revision n/s-00001', 'route n/s'],
    ],
    [
      'a Route concerns its Service and the mappings to it',
      serving.route,
      's',
      ['domainMapping n/s.example.org', 'route n/s', 'service n/s'],
    ],
    ['an Ingress concerns its Route', networking.ingress, 's', ['ingress n/s', 'route n/s']],
    [
      'a ServerlessService concerns the one who keeps it',
      networking.serverlessService,
      's-00001',
      ['serverlessService n/s-00001'],
    ],
    ['a placeholder concerns its Route', core.service, 's', ['route n/s']],
    ['a revision’s Service concerns its ServerlessService', core.service, 's-00001', ['serverlessService n/s-00001']],
    [
      'a PodAutoscaler concerns its Revision',
      { group: 'autoscaling.internal.knative.dev', kind: 'PodAutoscaler' },
      's-00001',
      ['revision n/s-00001', 'serverlessService n/s-00001'],
    ],
  ]
  it.for(rows)('%s', ([, kind, name, wanted]) => {
    expect(work(made.get(kind, 'n', name))).toEqual(wanted)
  })

  const maps: [name: string, namespace: string, work: string[]][] = [
    ['config-network', 'knative-serving', ['domainMapping n/s.example.org', 'route n/s']],
    ['config-gc', 'knative-serving', ['gc n/s']],
    ['config-network', 'default', []],
    ['anything', 'knative-serving', []],
  ]
  it.for(maps)('the ConfigMap %s of %s', ([name, namespace, wanted]) => {
    expect(work({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } })).toEqual(wanted)
  })

  it('a kind that concerns nobody', () => {
    expect(work({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', namespace: 'n' } })).toEqual([])
  })

  it('a Service of somebody else', () => {
    expect(work({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', namespace: 'n' } })).toEqual([])
  })
})

describe('the keeper of', () => {
  const keepers: [kind: GroupKind, name: string, queue: string | undefined][] = [
    [serving.service, 's', 'service'],
    [serving.route, 's', 'route'],
    [serving.revision, 's-00001', 'revision'],
    [networking.ingress, 's', 'ingress'],
    [networking.serverlessService, 's-00001', 'serverlessService'],
    // Its Route keeps it, under a name that is a Service's too.
    [core.service, 's', undefined],
  ]
  it.for(keepers)('$0.kind $1 is the queue $2', ([kind, name, keeper]) => {
    const change = { type: 'MODIFIED' as const, object: made.get(kind, 'n', name) }
    const own = dependents(made.store, change).filter(work => isOwn(change, work))
    expect([...new Set(own.map(([queue]) => queue))]).toEqual(keeper ? [keeper] : [])
  })
})

describe('a status that somebody else wrote', () => {
  it('is set right, though a controller does not look again at what it wrote itself', async () => {
    const world = new World()
    onTestFinished(() => world.stop())
    const metadata = { name: 's', namespace: 'n' }
    const spec = { template: { spec: { containers: [{ name: 'c', image: 'a/b' }] } } }
    await world.apply({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata, spec } as KubeObject)
    const before = world.get<Service>(serving.service, 'n', 's')
    world.store.updateStatus({ ...before, status: { ...before.status, url: 'http://elsewhere' } } as Service)
    await world.settled()
    expect(world.get<Service>(serving.service, 'n', 's').status?.url).toBe(before.status?.url)
  })
})
