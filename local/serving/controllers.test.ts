// The controllers at work on one store: what people do to Services, and what then stands there.
import { describe, expect, it } from 'vitest'
import { autoscaling, type PodAutoscaler } from '../api/autoscaling/types.ts'
import { core } from '../api/core/types.ts'
import { networking } from '../api/networking/types.ts'
import { labels } from '../api/serving/labels.ts'
import {
  type Configuration,
  type DomainMapping,
  type Revision,
  type Route,
  type Service,
  serving,
} from '../api/serving/types.ts'
import { type Condition, conditionOf } from '../kernel/conditions.ts'
import type { KubeObject } from '../kernel/object.ts'
import { scaledTo, World, type WorldOptions } from './harness.ts'

const world = (context: { onTestFinished(stop: () => void): void }, options: WorldOptions = {}) => {
  const made = new World(options)
  context.onTestFinished(() => made.stop())
  return made
}

type Spec = { image?: string; name?: string; traffic?: unknown[]; metadata?: object; env?: string }

function service({ image = 'a/b', name, traffic, metadata = {}, env = '' }: Spec = {}): KubeObject {
  const container = { name: 'user-container', image, env: [{ name: 'V', value: env }] }
  const template = { metadata: name ? { name } : {}, spec: { containers: [container], enableServiceLinks: false } }
  const spec = { template, ...(traffic ? { traffic } : {}) }
  const object = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'n', ...metadata },
    spec,
  }
  return object
}

const brief = (conditions: Condition[] | undefined, type = 'Ready') => {
  const found = conditionOf(conditions, type)
  return [found?.status, found?.reason, found?.message].filter(Boolean).join(' ')
}
const ready = (made: World) => brief(made.get<Service>(serving.service, 'n', 's').status?.conditions)
const revisionNames = (made: World) => made.store.list(serving.revision).map(one => one.metadata.name)

describe('revisions', () => {
  it('each change of the template makes the next one; a change of traffic alone makes none', async context => {
    const made = world(context)
    await made.apply(service({ env: '1' }))
    await made.apply(service({ env: '2' }))
    await made.apply(service({ env: '2', traffic: [{ revisionName: 's-00001', percent: 100 }] }))
    expect(revisionNames(made)).toEqual(['s-00001', 's-00002'])
    const states = made.store
      .list<Revision>(serving.revision)
      .map(one => one.metadata.labels?.['serving.knative.dev/routingState'])
    expect(states).toEqual(['active', 'reserve'])
    expect(made.get<PodAutoscaler>(autoscaling.podAutoscaler, 'n', 's-00002').spec.reachability).toBe('Unreachable')
  })

  it('a name that another configuration’s revision has is refused, and traffic stays', async context => {
    const made = world(context)
    await made.apply(service({ metadata: { name: 's-x' }, name: 's-x-1' }))
    await made.apply(service({ name: 's-x-1' }))
    const { status } = made.get<Service>(serving.service, 'n', 's')
    expect(brief(status?.conditions, 'ConfigurationsReady')).toContain(
      'RevisionFailed Revision creation failed with message',
    )
    expect(brief(status?.conditions, 'RoutesReady')).toContain('RevisionNameTaken The revision name "s-x-1" is taken')
    expect(made.store.get(serving.route, 'n', 's')).toBeUndefined()
  })

  it('a template that goes back to an earlier name and content adopts the revision of its name', async context => {
    const made = world(context)
    await made.apply(service({ name: 's-1', env: '1' }))
    await made.apply(service({ name: 's-2', env: '2' }))
    await made.apply(service({ name: 's-1', env: '1' }))
    expect(revisionNames(made)).toEqual(['s-1', 's-2'])
    expect(made.get<Configuration>(serving.configuration, 'n', 's').status).toMatchObject({
      latestCreatedRevisionName: 's-1',
      latestReadyRevisionName: 's-1',
    })
    expect(ready(made)).toBe('True')
  })

  it('KNI-14 a revision that is not ready takes no traffic; the one before keeps it', async context => {
    const missing = { 'a/gone': { reason: 'ImageNotFound', message: 'no entry for a/gone in images.yaml' } }
    const made = world(context, { missingImages: missing })
    await made.apply(service({}))
    await made.apply(service({ image: 'a/gone' }))
    // Registries take a moment to say so.
    await made.advance(300)
    const { status } = made.get<Service>(serving.service, 'n', 's')
    expect(brief(status?.conditions)).toBe(
      'False RevisionFailed Revision "s-00002" failed with message: no entry for a/gone in images.yaml.',
    )
    expect(brief(status?.conditions, 'RoutesReady')).toBe('True')
    expect(status).toMatchObject({ latestCreatedRevisionName: 's-00002', latestReadyRevisionName: 's-00001' })
    const splits = made.ingress('n', 's').spec.rules.flatMap(rule => rule.http.paths.flatMap(path => path.splits))
    expect(new Set(splits.map(split => split.serviceName))).toEqual(new Set(['s-00001']))
    const revision = made.get<Revision>(serving.revision, 'n', 's-00002')
    expect(brief(revision.status?.conditions, 'ContainerHealthy')).toContain('ImageNotFound')
    expect(made.store.get(autoscaling.podAutoscaler, 'n', 's-00002')).toBeUndefined()
  })

  it('another failure to get the image is told with the image, and tried again', async context => {
    const missing: WorldOptions['missingImages'] = { 'a/gone': { reason: 'BuildFailed', message: 'syntax error' } }
    const made = world(context, { missingImages: missing })
    await made.apply(service({ image: 'a/gone' }))
    // Registries take a moment to say so.
    await made.advance(300)
    const revision = () => made.get<Revision>(serving.revision, 'n', 's-00001').status?.conditions
    expect(brief(revision())).toBe('False ContainerMissing Unable to fetch image "a/gone": syntax error')
    delete missing['a/gone']
    await made.advance(11_000)
    await made.settled()
    expect(brief(revision(), 'ContainerHealthy')).toBe('True')
    expect(ready(made)).toBe('True')
  })

  it('one that never starts is late after its own progress deadline, and well again when it does', async context => {
    const made = world(context, { autoscaler: false })
    await made.configure('config-deployment', { 'progress-deadline': '60s' })
    await made.apply(service({}))
    const conditions = () => made.get<Revision>(serving.revision, 'n', 's-00001').status?.conditions
    expect(brief(conditions())).toBe('Unknown Deploying')
    await made.advance(59_000)
    expect(brief(conditions())).toBe('Unknown Deploying')
    await made.advance(2_000)
    expect(brief(conditions())).toBe('False ProgressDeadlineExceeded Initial scale was never achieved')
    await made.autoscaler('n', 's-00001', scaledTo(1, made.clock.now()))
    await made.workload('n', 's-00001', { ready: 1, running: 1 })
    expect(brief(conditions())).toBe('True')
    expect(ready(made)).toBe('True')
  })

  it('a crash is told while no instance is ready, and forgotten once one is', async context => {
    const made = world(context)
    await made.apply(service({}))
    const conditions = () => made.get<Revision>(serving.revision, 'n', 's-00001').status?.conditions
    await made.workload('n', 's-00001', { running: 1, failure: { reason: 'OOMKilled', message: '', exitCode: 137 } })
    expect(brief(conditions())).toBe('False OOMKilled Container failed with: container exited with no error')
    expect(made.get<PodAutoscaler>(autoscaling.podAutoscaler, 'n', 's-00001').spec.reachability).toBe('Unreachable')
    await made.workload('n', 's-00001', { ready: 1, running: 1 })
    expect(brief(conditions())).toBe('True')
  })
})

describe('routes', () => {
  it('public URLs carry the gateway’s port, hosts do not', async context => {
    const made = world(context, { publicPort: 8080 })
    await made.apply(service({ traffic: [{ latestRevision: true, percent: 100, tag: 'dev' }] }))
    const { status } = made.get<Service>(serving.service, 'n', 's')
    expect(status?.url).toBe('http://s.n.localhost:8080')
    expect(status?.address?.url).toBe('http://s.n.svc.cluster.local')
    expect(status?.traffic?.[0]?.url).toBe('http://dev-s.n.localhost:8080')
    const hosts = made.ingress('n', 's').spec.rules.flatMap(rule => rule.hosts)
    expect(hosts).toContain('dev-s.n.localhost')
    expect(hosts.some(host => host.includes(':'))).toBe(false)
  })

  it('is ready only once the mesh took its Ingress', async context => {
    const made = world(context, { meshReady: false })
    await made.apply(service({}))
    expect(ready(made)).toBe('Unknown Uninitialized Waiting for load balancer to be ready')
    made.meshReady = true
    await made.advance(10)
    expect(ready(made)).toBe('True')
  })

  it('domains and templates of config-domain and config-network name the hosts, live', async context => {
    const made = world(context)
    await made.apply(service({ metadata: { labels: { app: 'shop' } } }))
    await made.configure('config-domain', { 'example.com': '', 'shop.example.com': 'selector:\n  app: shop' })
    expect(made.get<Route>(serving.route, 'n', 's').status?.url).toBe('http://s.n.shop.example.com')
    await made.configure('config-network', { 'domain-template': '{{.Name}}-{{.Namespace}}.{{.Domain}}' })
    expect(made.get<Route>(serving.route, 'n', 's').status?.url).toBe('http://s-n.shop.example.com')
  })

  it('a ConfigMap that cannot be read leaves the last good one in force and is logged once', async context => {
    const made = world(context)
    await made.apply(service({}))
    await made.configure('config-network', { 'domain-template': '{{.Name}}.ok.{{.Domain}}' })
    await made.configure('config-network', { 'domain-template': '{{template "x"}}' })
    await made.apply(service({ env: '2' }))
    expect(made.get<Route>(serving.route, 'n', 's').status?.url).toBe('http://s.ok.localhost')
    expect(made.logged.filter(line => line.includes('config-network'))).toHaveLength(1)
    expect(made.logged[0]).toContain('domain-template: {{template "x"}} is not supported')
  })

  it('one tag is kept inside the cluster by the label on its Kubernetes Service', async context => {
    const made = world(context)
    await made.apply(service({ traffic: [{ latestRevision: true, percent: 100, tag: 'dev' }] }))
    const alias = made.get(core.service, 'n', 'dev-s')
    const labels = { ...alias.metadata.labels, 'networking.knative.dev/visibility': 'cluster-local' }
    made.store.update({ ...alias, metadata: { ...alias.metadata, labels } })
    await made.settled()
    const hosts = made.ingress('n', 's').spec.rules.flatMap(rule => rule.hosts)
    expect(hosts).toContain('s.n.localhost')
    expect(hosts).not.toContain('dev-s.n.localhost')
    expect(made.get<Route>(serving.route, 'n', 's').status?.traffic?.[0]?.url).toBe('http://dev-s.n.svc.cluster.local')
  })

  it('a tag taken away takes its Kubernetes Service along', async context => {
    const made = world(context)
    await made.apply(service({ traffic: [{ latestRevision: true, percent: 100, tag: 'dev' }] }))
    await made.apply(service({ traffic: [{ latestRevision: true, percent: 100 }] }))
    expect(made.store.list(core.service, { labels: { [labels.route]: 's' } }).map(one => one.metadata.name)).toEqual([
      's',
    ])
  })

  it('a Kubernetes Service of that name which is somebody else’s is left alone and told', async context => {
    const made = world(context)
    const foreign = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'n' },
      spec: { type: 'ClusterIP' },
    }
    await made.apply(foreign)
    await made.apply(service({}))
    expect(ready(made)).toBe('False NotOwned There is an existing placeholder Service "s" that we do not own.')
    expect(made.get<KubeObject & { spec: unknown }>(core.service, 'n', 's').spec).toEqual({ type: 'ClusterIP' })
  })

  it('a gradual rollout walks through the Ingress and the status, and the Service is ready at its end', async context => {
    const made = world(context)
    const metadata = { annotations: { 'serving.knative.dev/rollout-duration': '30s' } }
    await made.apply(service({ env: '1', metadata }))
    await made.apply(service({ env: '2', metadata }))
    const percents = () => made.get<Route>(serving.route, 'n', 's').status?.traffic?.map(one => one.percent)
    expect(percents()).toEqual([99, 1])
    expect(ready(made)).toContain('Unknown RolloutInProgress')
    for (let second = 0; second < 40; second++) await made.advance(1_000)
    expect(percents()).toEqual([100])
    expect(ready(made)).toBe('True')
    expect(
      made.get<Revision>(serving.revision, 'n', 's-00001').metadata.labels?.['serving.knative.dev/routingState'],
    ).toBe('reserve')
  })

  it('standalone: a Route to a Configuration follows its latest ready revision', async context => {
    const made = world(context)
    const configuration = (value: string) => ({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Configuration',
      metadata: { name: 'c', namespace: 'n' },
      spec: { template: { spec: { containers: [{ name: 'x', image: 'a/b', env: [{ name: 'V', value }] }] } } },
    })
    const metadata = { name: 'r', namespace: 'n' }
    const route = {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Route',
      metadata,
      spec: { traffic: [{ configurationName: 'c', percent: 100 }] },
    }
    await made.apply(route)
    expect(brief(made.get<Route>(serving.route, 'n', 'r').status?.conditions)).toContain('ConfigurationMissing')
    await made.apply(configuration('1'))
    await made.apply(configuration('2'))
    expect(made.get<Route>(serving.route, 'n', 'r').status?.traffic).toEqual([
      { latestRevision: true, percent: 100, revisionName: 'c-00002' },
    ])
    await made.delete(route)
    expect(made.store.get(serving.route, 'n', 'r')).toBeUndefined()
    const marks = made.store.list(serving.revision).map(one => one.metadata.annotations?.['serving.knative.dev/routes'])
    expect(marks).toEqual([undefined, undefined])
  })
})

describe('the store', () => {
  it('deleting a Service leaves nothing of it', async context => {
    const made = world(context)
    await made.apply(service({ traffic: [{ latestRevision: true, percent: 100, tag: 'dev' }] }))
    await made.delete(service())
    const kinds = [
      serving.service,
      serving.configuration,
      serving.revision,
      serving.route,
      networking.ingress,
      autoscaling.podAutoscaler,
      core.service,
    ]
    expect(kinds.flatMap(kind => made.store.list(kind))).toEqual([])
  })

  it('objects that are as they should be are not written again', async context => {
    const made = world(context)
    await made.apply(service({}))
    const { version } = made.store
    await made.apply(service({}))
    await made.advance(60_000)
    expect(made.store.version).toBe(version)
  })

  it('ten Services get ready in a number of writes that grows with their number alone', async context => {
    const made = world(context)
    for (let index = 0; index < 10; index++) await made.apply(service({ metadata: { name: `s${index}` } }))
    const all = made.store.list<Service>(serving.service)
    expect(all.map(one => brief(one.status?.conditions))).toEqual(Array(10).fill('True'))
    expect(made.store.version).toBeLessThanOrEqual(280)
  })
})

describe('domain mappings', () => {
  const mapping = (
    namespace: string,
    to: object = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 's' },
  ) => ({
    apiVersion: 'serving.knative.dev/v1beta1',
    kind: 'DomainMapping',
    metadata: { name: 'shop.example.org', namespace },
    spec: { ref: to },
  })
  const said = (made: World, type: string, namespace = 'n') =>
    brief(made.get<DomainMapping>(serving.domainMapping, namespace, 'shop.example.org').status?.conditions, type)

  it('without a claim the name counts as taken, until somebody claims it', async context => {
    const made = world(context)
    await made.apply(service({}))
    await made.apply(mapping('n'))
    expect(said(made, 'Ready')).toBe(
      'False DomainAlreadyClaimed The domain name is already in use by another DomainMapping',
    )
    const claim = {
      apiVersion: 'networking.internal.knative.dev/v1alpha1',
      kind: 'ClusterDomainClaim',
      metadata: { name: 'shop.example.org' },
      spec: { namespace: 'n' },
    }
    await made.apply(claim)
    expect(said(made, 'Ready')).toBe('True')
  })

  it('the first namespace has it; once it lets go the next one may', async context => {
    const made = world(context)
    await made.configure('config-network', { 'autocreate-cluster-domain-claims': 'true' })
    await made.apply(service({}))
    await made.apply(service({ metadata: { namespace: 'other' } }))
    await made.apply(mapping('n'))
    await made.apply(mapping('other'))
    expect(said(made, 'DomainClaimed', 'other')).toContain('DomainAlreadyClaimed')
    await made.delete(mapping('n'))
    expect(made.store.get(serving.domainMapping, 'n', 'shop.example.org')).toBeUndefined()
    expect(said(made, 'Ready', 'other')).toBe('True')
  })

  it('what it refers to must be there and have an address', async context => {
    const made = world(context)
    await made.configure('config-network', { 'autocreate-cluster-domain-claims': 'true' })
    await made.apply(mapping('n'))
    expect(said(made, 'ReferenceResolved')).toBe(
      'False ResolveFailed failed to get object n/s: services.serving.knative.dev "s" not found',
    )
    await made.apply(service({}))
    expect(said(made, 'Ready')).toBe('True')
  })
})
