// Objects as they stood on a real cluster, against those this runtime makes of the same Services.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { autoscaling, type PodAutoscaler } from '../api/autoscaling/types.ts'
import { core } from '../api/core/types.ts'
import { type Ingress, networking } from '../api/networking/types.ts'
import { type Revision, serving } from '../api/serving/types.ts'
import type { GroupKind, KubeObject } from '../kernel/object.ts'
import { scaledTo, World } from './harness.ts'

const folder = new URL('../../test/golden/serving/', import.meta.url)

function golden(file: string, name?: string): KubeObject {
  const document = parse(readFileSync(new URL(file, folder), 'utf8')) as KubeObject & { items?: KubeObject[] }
  const found = (document.items ?? [document]).find(one => !name || one.metadata.name === name)
  if (!found) throw new Error(`no ${name} in ${file}`)
  return found
}

const varying = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'lastTransitionTime',
  'generation',
  'observedGeneration',
  // Addresses of a cluster's own network; nothing listens on one here.
  'clusterIP',
  'clusterIPs',
  'internalTrafficPolicy',
  'ipFamilies',
  'ipFamilyPolicy',
])
const varyingKeys = /UID$|routingStateModified$|last-applied-configuration$/

/** Without what differs from one cluster to the next. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => !varying.has(key) && !varyingKeys.test(key))
  return Object.fromEntries(kept.map(([key, entry]) => [key, normal(entry)]))
}

function service(name: string, namespace: string, spec: unknown, metadata: object = {}): KubeObject {
  const object = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace, ...metadata },
    spec,
  }
  return object
}

const echo = (more: object = {}) => ({ spec: { containers: [{ image: 'lab.local/lab/echo:1', ...more }] } })

const world = (context: { onTestFinished(stop: () => void): void }, options = {}) => {
  const made = new World(options)
  context.onTestFinished(() => made.stop())
  return made
}

describe('a Service that got ready and scaled to zero is, object by object, as on a cluster', () => {
  const rows: [string, GroupKind, string, string][] = [
    ['the Service', serving.service, 'hello', 'ready/ksvc.yaml'],
    ['its Configuration', serving.configuration, 'hello', 'ready/configuration.yaml'],
    ['its Revision', serving.revision, 'hello-00001', 'ready/revision.yaml'],
    ['its Route', serving.route, 'hello', 'ready/route.yaml'],
    ['its Ingress', networking.ingress, 'hello', 'ready/kingress.yaml'],
    ['its placeholder Service', core.service, 'hello', 'ready/services.yaml'],
    ['its ServerlessService', networking.serverlessService, 'hello-00001', 'ready/sks.yaml'],
    ['the Service of its revision', core.service, 'hello-00001', 'ready/services.yaml'],
    ['the Service of its instances', core.service, 'hello-00001-private', 'ready/services.yaml'],
  ]
  it.for(rows)('%s', async ([, kind, name, file], context) => {
    const made = world(context)
    const features = { 'tag-header-based-routing': 'enabled' }
    await made.configure('config-features', features)
    const template = { metadata: { annotations: { 'autoscaling.knative.dev/window': '6s' } } }
    const env = [{ name: 'VERSION', value: 'v1' }]
    await made.apply(service('hello', 'app', { template: { ...template, ...echo({ env }) } }))
    const status = { ...scaledTo(0, made.clock.now()), actualScale: 1 }
    await made.autoscaler('app', 'hello-00001', status)
    await made.workload('app', 'hello-00001', { ready: 1, running: 1, activators: 4 })
    expect(normal(made.get(kind, 'app', name))).toEqual(normal(golden(file, name)))
  })

  it('its PodAutoscaler, but for the status, which is the autoscaler’s', async context => {
    const made = world(context)
    const template = { metadata: { annotations: { 'autoscaling.knative.dev/window': '6s' } }, ...echo() }
    await made.apply(service('hello', 'app', { template }))
    const { status: _ours, ...found } = made.get<PodAutoscaler>(autoscaling.podAutoscaler, 'app', 'hello-00001')
    const { status: _theirs, ...wanted } = golden('ready/podautoscaler.yaml') as PodAutoscaler
    expect(normal(found)).toEqual(normal(wanted))
  })
})

const failedObjects = (name: string): [GroupKind, string, string][] => [
  [serving.service, name, 'failed/ksvc.yaml'],
  [serving.configuration, name, 'failed/cfg.yaml'],
  [serving.revision, `${name}-00001`, 'failed/rev.yaml'],
  [serving.route, name, 'failed/rt.yaml'],
]

function expectGolden(made: World, name: string): void {
  for (const [kind, object, file] of failedObjects(name)) {
    expect(normal(made.get(kind, 'gold', object)), `${kind.kind} ${object}`).toEqual(normal(golden(file, object)))
  }
}

/** An autoscaler that gave up before the first instance was ready. */
async function giveUp(made: World, name: string): Promise<void> {
  const { conditions = [], ...rest } = scaledTo(0, made.clock.now())
  const never = conditions.map(one =>
    one.type === 'ScaleTargetInitialized' ? { ...one, status: 'Unknown' as const } : one,
  )
  await made.autoscaler('gold', name, { ...rest, conditions: never, serviceName: name })
}

describe('Services that fail say so as on a cluster', () => {
  it('a container that exits: ExitCode3 with its last line, all the way up', async context => {
    const made = world(context, { autoscaler: false })
    const command = ['sh', '-c', 'echo boom; exit 3']
    await made.apply(service('crash', 'gold', { template: echo({ command }) }))
    const failure = { reason: 'ExitCode3', message: 'boom\n', exitCode: 3 }
    await made.workload('gold', 'crash-00001', { running: 1, failure })
    await giveUp(made, 'crash-00001')
    expectGolden(made, 'crash')
  })

  it('a container that never listens: the initial scale was never achieved', async context => {
    const made = world(context, { autoscaler: false })
    await made.apply(service('nolisten', 'gold', { template: echo({ command: ['sleep', '3600'] }) }))
    await giveUp(made, 'nolisten-00001')
    expectGolden(made, 'nolisten')
  })

  it('traffic to a revision that is not there: RevisionMissing', async context => {
    const made = world(context)
    const traffic = [{ revisionName: 'badtraffic-nope', percent: 100 }]
    await made.apply(service('badtraffic', 'gold', { template: echo(), traffic }))
    await made.autoscaler('gold', 'badtraffic-00001', scaledTo(0, made.clock.now()))
    expectGolden(made, 'badtraffic')
  })

  it('and one kept inside the cluster gets ready there', async context => {
    const made = world(context)
    const labels = { 'networking.knative.dev/visibility': 'cluster-local' }
    await made.apply(service('local', 'gold', { template: echo() }, { labels }))
    await made.autoscaler('gold', 'local-00001', scaledTo(0, made.clock.now()))
    expectGolden(made, 'local')
    const rules = made.ingress('gold', 'local').spec.rules
    expect(rules.map(rule => rule.visibility)).toEqual(['ClusterLocal'])
  })
})

describe('tags and splits reach the Ingress as on a cluster', () => {
  const named = (name: string, version: string) => ({
    metadata: { name },
    spec: {
      containers: [
        { name: 'user-container', image: 'lab.local/lab/echo:1', env: [{ name: 'VERSION', value: version }] },
      ],
    },
  })

  it('KNI-20 a canary at 0 % with both revisions tagged, and a rule for each tag’s header', async context => {
    const made = world(context)
    await made.configure('config-features', { 'tag-header-based-routing': 'enabled' })
    await made.apply(service('usvc', 'app', { template: named('usvc-v1', 'v1') }))
    const traffic = [
      { revisionName: 'usvc-v1', percent: 100, tag: 'prod' },
      { revisionName: 'usvc-v2', percent: 0, tag: 'beta' },
    ]
    await made.apply(service('usvc', 'app', { template: named('usvc-v2', 'v2'), traffic }))
    const wanted = golden('objects/usvc-kingress-tagged.yaml') as Ingress
    expect(normal(made.ingress('app', 'usvc'))).toEqual(normal(wanted))
  })

  it('a split between the latest revision and a named one', async context => {
    const made = world(context)
    await made.configure('config-features', { 'tag-header-based-routing': 'enabled' })
    await made.apply(service('k1', 'app', { template: named('k1-v1', 'one') }))
    const traffic = [
      { latestRevision: true, percent: 20, tag: 'beta' },
      { revisionName: 'k1-v1', percent: 80, tag: 'old' },
    ]
    await made.apply(service('k1', 'app', { template: named('k1-v2', 'two'), traffic }))
    expect(normal(made.ingress('app', 'k1'))).toEqual(normal(golden('objects/kingress.yaml', 'k1')))
    expect(normal(made.get(serving.route, 'app', 'k1'))).toEqual(normal(golden('objects/route.yaml', 'k1')))
    const revisions = made.store.list<Revision>(serving.revision, { namespace: 'app' })
    expect(revisions.map(one => one.metadata.labels?.['serving.knative.dev/routingState'])).toEqual([
      'active',
      'active',
    ])
  })

  it('KNI-21 a DomainMapping and its Ingress', async context => {
    const made = world(context)
    await made.configure('config-network', { 'autocreate-cluster-domain-claims': 'true' })
    await made.apply(service('usvc', 'app', { template: named('usvc-v1', 'v1') }))
    const ref = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'usvc' }
    const metadata = { name: 'shop.example.org', namespace: 'app' }
    const mapping = { apiVersion: 'serving.knative.dev/v1beta1', kind: 'DomainMapping', metadata, spec: { ref } }
    await made.apply(mapping)
    const found = made.get(serving.domainMapping, 'app', 'shop.example.org')
    expect(normal(found)).toEqual(normal(golden('objects/domainmapping.yaml')))
    const wanted = golden('objects/kingress.yaml', 'shop.example.org')
    expect(normal(made.ingress('app', 'shop.example.org'))).toEqual(normal(wanted))
  })
})
