// Services, their revisions and their traffic, over the API and through the ingress: on the local runtime and on clusters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshCall } from '../../load/mesh-client.ts'
import { onlyLocal } from './only-local.ts'
import {
  conditionOf,
  configuration,
  crashing,
  isReady,
  ksvc,
  makeService,
  makeTemplate,
  mapping,
  type Obj,
  podsOf,
  revision,
  route,
  type ServingPlane,
  servingPlane,
  type Target,
  type Template,
  tally,
} from './serving-world.ts'
import { eventually } from './skiff.ts'

let world: ServingPlane
let mesh: MeshCall

beforeAll(async () => {
  world = await servingPlane({
    'config-features': { 'tag-header-based-routing': 'enabled' },
    'config-network': { 'autocreate-cluster-domain-claims': 'true' },
    'config-autoscaler': { 'allow-zero-initial-scale': 'true', 'initial-scale': '1' },
  })
  mesh = await world.caller('default')
})
afterAll(() => world?.stop())

const host = (name: string) => `${name}.default.localhost`
const services = '/apis/serving.knative.dev/v1/namespaces/default/services'

/** Two or more named revisions behind one Service, all Ready, with this traffic at the end. */
async function revisions(name: string, versions: string[], traffic: Target[], template: Template = {}): Promise<Obj> {
  for (const [index, version] of versions.entries()) {
    const next = { ...template, name: `${name}-${version}`, version }
    if (index === 0) await world.service(name, next)
    else {
      await world.patch(ksvc(name), { spec: { template: makeTemplate(next) } })
      await world.ready(name)
    }
  }
  await world.patch(ksvc(name), { spec: { traffic } })
  return world.ready(name)
}

const versionsOf = async (count: number, ask: () => Promise<{ version: string }>) =>
  tally(await Promise.all(Array.from({ length: count }, async () => (await ask()).version)))

describe('a new Service', () => {
  let made: Obj
  beforeAll(async () => {
    made = await world.service('plain', { version: 'v1' })
  })

  it('is given Knative’s defaults', () => {
    const { template, traffic } = made.spec as { template: { spec: Record<string, unknown> }; traffic: Target[] }
    expect(template.spec).toMatchObject({ containerConcurrency: 0, timeoutSeconds: 300, enableServiceLinks: false })
    expect(template.spec.containers).toMatchObject([
      { name: 'user-container', readinessProbe: { successThreshold: 1, tcpSocket: { port: 0 } }, resources: {} },
    ])
    expect(traffic).toEqual([{ latestRevision: true, percent: 100 }])
  })

  it('says where it is and which revision is latest', () => {
    expect(made.status).toMatchObject({
      url: world.urlOf(host('plain')),
      address: { url: 'http://plain.default.svc.cluster.local' },
      latestCreatedRevisionName: 'plain-00001',
      latestReadyRevisionName: 'plain-00001',
      traffic: [{ latestRevision: true, percent: 100, revisionName: 'plain-00001' }],
    })
    expect(made.status?.conditions?.map(one => `${one.type}=${one.status}`)).toEqual([
      'ConfigurationsReady=True',
      'Ready=True',
      'RoutesReady=True',
    ])
  })

  it('owns a Configuration and a Route, and the Configuration a Revision', async () => {
    const owners = await Promise.all(
      [configuration('plain'), route('plain'), revision('plain-00001')].map(async path => {
        const [owner] = (await world.get(path)).metadata.ownerReferences ?? []
        return `${owner?.kind} ${owner?.name}`
      }),
    )
    expect(owners).toEqual(['Service plain', 'Service plain', 'Configuration plain'])
  })

  it('tells its function who it is', async () => {
    const env = JSON.parse((await world.at(host('plain'), '/env')).body) as Record<string, string>
    expect(env).toMatchObject({
      K_SERVICE: 'plain',
      K_CONFIGURATION: 'plain',
      K_REVISION: 'plain-00001',
      VERSION: 'v1',
      PORT: '8080',
    })
  })

  it('answers callers inside under its full names, and 404 under the bare one', async () => {
    for (const inside of ['plain.default', 'plain.default.svc', 'plain.default.svc.cluster.local']) {
      expect((await mesh(`http://${inside}/`)).status, inside).toBe(200)
    }
    expect((await mesh('http://plain/')).status).toBe(404)
  })

  it('an unknown host is answered 404 with an empty body', async () => {
    expect(await world.at('nobody.default.localhost')).toMatchObject({ status: 404, body: '' })
  })

  it('the same spec again makes no new revision; another template does', async () => {
    await world.patch(ksvc('plain'), { metadata: { labels: { tier: 'web' } } })
    expect((await world.ready('plain')).status?.latestCreatedRevisionName).toBe('plain-00001')
    await world.patch(ksvc('plain'), { spec: { template: makeTemplate({ version: 'v2' }) } })
    expect((await world.ready('plain')).status?.latestReadyRevisionName).toBe('plain-00002')
    expect((await world.seen(host('plain'))).version).toBe('v2')
  })
})

describe('what admission refuses', () => {
  const rows: [sentence: string, object: Obj, message: string][] = [
    [
      'a template name that is not the Service’s own',
      makeService('bad', { name: 'other' }),
      'invalid value: "other" must have prefix "bad-": spec.template.metadata.name',
    ],
    [
      'percents that are not 100',
      makeService('bad', {}, { traffic: [{ latestRevision: true, percent: 90 }] }),
      'Traffic targets sum to 90, want 100: spec.traffic',
    ],
    [
      'a reserved variable',
      makeService('bad', { container: { env: [{ name: 'PORT', value: '1' }] } }),
      '"PORT" is a reserved environment variable: spec.template.spec.containers[0].env[0].name',
    ],
    [
      'a reserved port',
      makeService('bad', { container: { ports: [{ containerPort: 8012 }] } }),
      'invalid value: 8012 is a reserved port: spec.template.spec.containers[0].ports.containerPort\n8012 is a reserved port, please use a different value',
    ],
    [
      'a window that is too short',
      makeService('bad', { annotations: { window: '3s' } }),
      'expected 6s <= 3s <= 1h0m0s: spec.template.metadata.annotations.autoscaling.knative.dev/window',
    ],
    [
      'a concurrency above the limit',
      makeService('bad', { spec: { containerConcurrency: 1001 } }),
      'expected 0 <= 1001 <= 1000: spec.template.spec.containerConcurrency',
    ],
    [
      'a tag twice',
      makeService('bad', {}, { traffic: ['a', 'a'].map(tag => ({ tag, percent: 50, latestRevision: true })) }),
      'Multiple definitions for "a": spec.traffic[0].tag, spec.traffic[1].tag',
    ],
  ]
  it.for(rows)('%s', async ([, object, message]) => {
    const { code, body } = await world.api('POST', services, object)
    expect([code, body.message]).toEqual([
      400,
      `admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: ${message}`,
    ])
    expect((await world.api('GET', ksvc('bad'))).code).toBe(404)
  })

  it('an unknown field, as strict decoding does', async () => {
    const object = makeService('bad', {}, { replicas: 3 })
    expect(await world.api('POST', `${services}?fieldValidation=Strict`, object)).toMatchObject({
      code: 400,
      body: { message: expect.stringContaining('strict decoding error: unknown field "spec.replicas"') },
    })
  })
})

describe('named revisions and their traffic', () => {
  let made: Obj
  beforeAll(async () => {
    made = await revisions(
      'mdt',
      ['v1', 'v2', 'v3'],
      [
        { revisionName: 'mdt-v1', percent: 100, tag: 'prod' },
        { revisionName: 'mdt-v2', percent: 0, tag: 'beta' },
        { revisionName: 'mdt-v3', percent: 0, tag: 'dev' },
      ],
    )
  })

  it('KNI-13 the revisions have the names given, and applying the last document again makes none', async () => {
    const before = made.metadata.generation
    await world.patch(ksvc('mdt'), { spec: made.spec })
    expect((await world.ready('mdt')).metadata.generation).toBe(before)
    const all = (await world.get('/apis/serving.knative.dev/v1/namespaces/default/revisions')).items ?? []
    expect(all.filter(one => one.metadata.name.startsWith('mdt-')).map(one => one.metadata.name)).toEqual([
      'mdt-v1',
      'mdt-v2',
      'mdt-v3',
    ])
  })

  it('another template under a name that stands is refused with the difference', async () => {
    const change = { spec: { template: makeTemplate({ name: 'mdt-v3', version: 'v4' }) } }
    const { code, body } = await world.api('PATCH', ksvc('mdt'), change)
    expect(code).toBe(400)
    expect(body.message).toContain('Saw the following changes without a name change (-old +new): spec.template')
  })

  it('tags stand in the status with their URLs, percent 0 included', () => {
    expect(made.status?.traffic).toEqual([
      ...[
        { tag: 'prod', url: world.urlOf(host('prod-mdt')), percent: 100, revisionName: 'mdt-v1' },
        { tag: 'beta', url: world.urlOf(host('beta-mdt')), percent: 0, revisionName: 'mdt-v2' },
        { tag: 'dev', url: world.urlOf(host('dev-mdt')), percent: 0, revisionName: 'mdt-v3' },
      ].map(one => ({ ...one, latestRevision: false })),
    ])
  })

  const hosts: [sentence: string, host: string, headers: Record<string, string>, version: string, tag?: string][] = [
    ['the main host serves the revision with all percents', 'mdt', {}, 'v1'],
    ['the host of a tag serves its revision', 'beta-mdt', {}, 'v2', 'beta'],
    ['so does another', 'dev-mdt', {}, 'v3', 'dev'],
    ['KNI-20 the tag header chooses on the main host', 'mdt', { 'Knative-Serving-Tag': 'dev' }, 'v3', 'dev'],
    ['KNI-20 a tag that does not exist falls to the default', 'mdt', { 'Knative-Serving-Tag': 'none' }, 'v1', 'none'],
  ]
  it.for(hosts)('%s', async ([, name, headers, version, tag]) => {
    const seen = await world.seen(host(name), { headers })
    expect([seen.version, seen.headers['knative-serving-tag']]).toEqual([version, tag])
  })

  it('tag hosts answer inside too', async () => {
    const { body } = await mesh('http://beta-mdt.default.svc.cluster.local/')
    expect(JSON.parse(body)).toMatchObject({ version: 'v2', headers: { host: 'beta-mdt.default.svc.cluster.local' } })
  })

  it('percents split the main host', async () => {
    const traffic = [
      { revisionName: 'mdt-v1', percent: 80, tag: 'prod' },
      { revisionName: 'mdt-v2', percent: 20, tag: 'beta' },
    ]
    await world.patch(ksvc('mdt'), { spec: { traffic } })
    await world.ready('mdt')
    const { v1 = 0, v2 = 0, ...others } = await versionsOf(1_000, () => world.seen(host('mdt')))
    expect(others).toEqual({})
    // Six standard deviations of a fair draw on either side.
    expect(v1).toBeGreaterThan(724)
    expect(v2).toBeGreaterThan(124)
    expect(await world.at(host('dev-mdt'))).toMatchObject({ status: 404 })
  })

  it('a share of latestRevision moves on with every new revision, a named share stays', async () => {
    const traffic = [
      { latestRevision: true, percent: 0, tag: 'newest' },
      { revisionName: 'mdt-v1', percent: 100 },
    ]
    await world.patch(ksvc('mdt'), { spec: { traffic, template: makeTemplate({ name: 'mdt-v4', version: 'v4' }) } })
    await world.ready('mdt')
    expect((await world.seen(host('newest-mdt'))).version).toBe('v4')
    expect((await world.seen(host('mdt'))).version).toBe('v1')
  })

  it('traffic to a revision that does not exist is said, and what served goes on serving', async () => {
    await world.patch(ksvc('mdt'), { spec: { traffic: [{ revisionName: 'mdt-nope', percent: 100 }] } })
    const failed = await eventually(
      () => world.get(ksvc('mdt')),
      one => conditionOf(one)?.status === 'False',
    )
    const message = 'Revision "mdt-nope" referenced in traffic not found.'
    expect(conditionOf(failed)).toMatchObject({ reason: 'RevisionMissing', message })
    expect((await world.seen(host('mdt'))).version).toBe('v1')
  })
})

describe('revisions that do not get ready', () => {
  it('KNI-14 never take traffic: the last ready one goes on', async () => {
    await world.service('steady', { version: 'v1' })
    const broken = makeTemplate({ container: crashing })
    await world.patch(ksvc('steady'), { spec: { template: broken } })
    const failed = await eventually(
      () => world.get(ksvc('steady')),
      one => conditionOf(one)?.status === 'False',
    )
    expect(conditionOf(failed, 'ConfigurationsReady')).toMatchObject({
      reason: 'RevisionFailed',
      message: 'Revision "steady-00002" failed with message: Container failed with: boom\n.',
    })
    expect(conditionOf(failed, 'RoutesReady')?.status).toBe('True')
    expect(await versionsOf(50, () => world.seen(host('steady')))).toEqual({ v1: 50 })
  })

  it('a Service that never had a ready one says so and answers 404', async () => {
    await world.create(makeService('crash', { container: crashing }))
    const failed = await eventually(
      () => world.get(ksvc('crash')),
      one => conditionOf(one)?.status === 'False' && conditionOf(one, 'ConfigurationsReady')?.status === 'False',
    )
    const message = 'Configuration "crash" does not have any ready Revision.'
    expect(conditionOf(failed)).toMatchObject({ reason: 'RevisionMissing', message })
    const { status = {} } = await world.get(revision('crash-00001'))
    expect(status.conditions?.find(one => one.type === 'ContainerHealthy')).toMatchObject({
      status: 'False',
      reason: 'ExitCode3',
      message: 'Container failed with: boom\n',
    })
    expect((await world.at(host('crash'))).status).toBe(404)
  })

  onlyLocal('it names the image map, which a cluster has not').it(
    'an image nobody knows names the file to edit',
    async () => {
      await world.create(makeService('nope', { container: { image: 'example.com/nope:1' } }))
      const failed = await eventually(
        () => world.get(revision('nope-00001')),
        one => one.kind === 'Revision' && conditionOf(one)?.status === 'False',
      )
      expect(conditionOf(failed, 'ContainerHealthy')).toMatchObject({
        reason: 'ImageNotFound',
        message: expect.stringContaining('images.yaml'),
      })
    },
  )
})

describe('where a Service is seen', () => {
  it('cluster-local: inside only, and its URL is the inner one', async () => {
    const object = makeService('inner', { version: 'v1' })
    object.metadata.labels = { 'networking.knative.dev/visibility': 'cluster-local' }
    await world.create(object)
    const made = await world.ready('inner')
    expect(made.status?.url).toBe('http://inner.default.svc.cluster.local')
    expect((await world.at(host('inner'))).status).toBe(404)
    expect((await mesh('http://inner.default.svc.cluster.local/')).status).toBe(200)
  })

  it('KNI-21 a DomainMapping: the function sees the mapped host, the claim stands, and both go together', async () => {
    await world.service('shop', { version: 'v1' })
    const name = 'shop.example.org'
    const claim = `/apis/networking.internal.knative.dev/v1alpha1/clusterdomainclaims/${name}`
    await world.create({
      apiVersion: 'serving.knative.dev/v1beta1',
      kind: 'DomainMapping',
      metadata: { name, namespace: 'default' },
      spec: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'shop' } },
    })
    const made = await eventually(() => world.get(mapping(name)), isReady)
    expect(made.status?.url).toEqual(world.urlOf(name))
    expect(await world.seen(name)).toMatchObject({ version: 'v1', headers: { host: name } })
    expect((await world.get(claim)).spec).toEqual({ namespace: 'default' })
    await world.remove(mapping(name))
    expect((await world.at(name)).status).toBe(404)
    expect((await world.api('GET', claim)).code).toBe(404)
  })

  it('a DomainMapping follows the split and the tag header of its Service', async () => {
    await revisions(
      'split',
      ['v1', 'v2'],
      [
        { revisionName: 'split-v1', percent: 50, tag: 'old' },
        { revisionName: 'split-v2', percent: 50, tag: 'new' },
      ],
    )
    const name = 'split.example.org'
    await world.create({
      apiVersion: 'serving.knative.dev/v1beta1',
      kind: 'DomainMapping',
      metadata: { name, namespace: 'default' },
      spec: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'split' } },
    })
    await eventually(() => world.get(mapping(name)), isReady)
    expect(Object.keys(await versionsOf(60, () => world.seen(name))).sort()).toEqual(['v1', 'v2'])
    const headers = { 'Knative-Serving-Tag': 'new' }
    expect(await versionsOf(10, () => world.seen(name, { headers }))).toEqual({ v2: 10 })
  })
})

describe('deletion', () => {
  it('a deleted Service leaves nothing: no object, no instance, no host', async () => {
    await world.service('gone', { version: 'v1' }, { traffic: [{ latestRevision: true, percent: 100, tag: 'now' }] })
    await world.seen(host('now-gone'))
    await world.remove(ksvc('gone'))
    const paths = [
      configuration('gone'),
      route('gone'),
      revision('gone-00001'),
      '/apis/networking.internal.knative.dev/v1alpha1/namespaces/default/ingresses/gone',
      '/apis/networking.internal.knative.dev/v1alpha1/namespaces/default/serverlessservices/gone-00001',
      '/apis/autoscaling.internal.knative.dev/v1alpha1/namespaces/default/podautoscalers/gone-00001',
      ...['gone', 'now-gone', 'gone-00001', 'gone-00001-private'].map(
        name => `/api/v1/namespaces/default/services/${name}`,
      ),
    ]
    for (const path of paths) {
      await eventually(
        () => world.api('GET', path),
        answer => answer.code === 404,
      )
    }
    await eventually(
      async () => (await world.get(podsOf('gone'))).items,
      items => items?.length === 0,
    )
    expect((await world.at(host('now-gone'))).status).toBe(404)
  })

  it('the same name can be made again', async () => {
    expect((await world.service('gone', { version: 'v9' })).status?.latestReadyRevisionName).toBe('gone-00001')
    expect((await world.seen(host('gone'))).version).toBe('v9')
  })
})
