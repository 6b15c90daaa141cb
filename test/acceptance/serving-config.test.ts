// Knative's ConfigMaps, changed while the system runs; what they decide of hosts, defaults, rollouts and old revisions.
import { afterAll, beforeAll, expect } from 'vitest'
import { pause } from '../../load/world.ts'
import { onlyLocal } from './only-local.ts'
import {
  conditionOf,
  isReady,
  ksvc,
  makeService,
  makeTemplate,
  mapping,
  type ServingWorld,
  servingWorld,
} from './serving-world.ts'
import { eventually } from './skiff.ts'

const { describe, it } = onlyLocal('it changes Knative’s settings for everybody')

let world: ServingWorld

beforeAll(async () => {
  world = await servingWorld({ 'config-autoscaler': { 'allow-zero-initial-scale': 'true', 'initial-scale': '0' } })
})
afterAll(() => world?.stop())

const host = (name: string) => `${name}.default.localhost`
const urlOf = async (name: string) => (await world.get(ksvc(name))).status?.url
const revisionsOf = async (name: string) =>
  ((await world.get('/apis/serving.knative.dev/v1/namespaces/default/revisions')).items ?? [])
    .map(one => one.metadata.name)
    .filter(one => one.startsWith(`${name}-`))

describe('config-defaults', () => {
  it('fills in what new revisions leave out', async () => {
    await world.configure('config-defaults', { 'revision-timeout-seconds': '100', 'container-concurrency': '5' })
    const { spec } = await world.create(makeService('defaulted'))
    expect((spec as { template: { spec: object } }).template.spec).toMatchObject({
      timeoutSeconds: 100,
      containerConcurrency: 5,
    })
    await world.configure('config-defaults', { 'revision-timeout-seconds': null, 'container-concurrency': null })
  })
})

describe('config-features', () => {
  it('tag-header-based-routing is off until it is switched on, then at once', async () => {
    await world.service('tagged', { name: 'tagged-v1', version: 'v1' })
    const template = makeTemplate({ name: 'tagged-v2', version: 'v2' })
    const traffic = [
      { revisionName: 'tagged-v1', percent: 100 },
      { revisionName: 'tagged-v2', percent: 0, tag: 'dev' },
    ]
    await world.patch(ksvc('tagged'), { spec: { template, traffic } })
    await world.ready('tagged')
    const headers = { 'Knative-Serving-Tag': 'dev' }
    expect((await world.seen(host('tagged'), { headers })).version).toBe('v1')
    await world.configure('config-features', { 'tag-header-based-routing': 'enabled' })
    await eventually(
      () => world.seen(host('tagged'), { headers }),
      one => one.version === 'v2',
    )
  })

  it('a pod field is refused until its feature is on', async () => {
    const object = makeService('placed', { spec: { nodeSelector: { disk: 'ssd' } } })
    await expect(world.create(object)).rejects.toThrow('must not set the field(s): spec.template.spec.nodeSelector')
    await world.configure('config-features', { 'kubernetes.podspec-nodeselector': 'enabled' })
    await world.create(object)
  })
})

describe('config-domain and config-network', () => {
  it('a domain by selector: the routes it selects move there, with URL and host', async () => {
    await world.service('site', { version: 'v1' })
    await world.configure('config-domain', { 'example.com': 'selector:\n  tier: public\n', localhost: '' })
    await world.patch(ksvc('site'), { metadata: { labels: { tier: 'public' } } })
    await eventually(
      () => urlOf('site'),
      url => url === `http://site.default.example.com:${world.port}`,
    )
    await eventually(
      () => world.at('site.default.example.com'),
      answer => answer.status === 200,
    )
    expect((await world.at(host('site'))).status).toBe(404)
  })

  it('templates name hosts and tags', async () => {
    const spec = { traffic: [{ latestRevision: true, percent: 100, tag: 'now' }] }
    await world.service('named', { version: 'v1' }, spec)
    const templates = {
      'domain-template': '{{.Name}}-{{.Namespace}}.{{.Domain}}',
      'tag-template': '{{.Name}}-{{.Tag}}',
    }
    await world.configure('config-network', templates)
    for (const name of ['named-default.localhost', 'named-now-default.localhost']) {
      await eventually(
        () => world.at(name),
        answer => answer.status === 200,
      )
    }
    await world.configure('config-network', { 'domain-template': null, 'tag-template': null })
    await eventually(
      () => world.at('now-named.default.localhost'),
      answer => answer.status === 200,
    )
  })

  it('without autocreate-cluster-domain-claims a DomainMapping waits for a claim', async () => {
    await world.service('claimed', { version: 'v1' })
    const name = 'claimed.example.org'
    await world.create({
      apiVersion: 'serving.knative.dev/v1beta1',
      kind: 'DomainMapping',
      metadata: { name, namespace: 'default' },
      spec: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'claimed' } },
    })
    const refused = await eventually(
      () => world.get(mapping(name)),
      one => conditionOf(one)?.status === 'False',
    )
    const message = 'The domain name is already in use by another DomainMapping'
    expect(conditionOf(refused)).toMatchObject({ reason: 'DomainAlreadyClaimed', message })
    await world.create({
      apiVersion: 'networking.internal.knative.dev/v1alpha1',
      kind: 'ClusterDomainClaim',
      metadata: { name },
      spec: { namespace: 'default' },
    })
    await eventually(() => world.get(mapping(name)), isReady)
    expect((await world.seen(name)).headers.host).toBe(name)
    await world.remove(mapping(name))
    const claim = `/apis/networking.internal.knative.dev/v1alpha1/clusterdomainclaims/${name}`
    expect((await world.api('GET', claim)).code).toBe(200)
  })
})

describe('what cannot be read', () => {
  const rows: [name: string, data: Record<string, string>, message: string][] = [
    [
      'config-defaults',
      { 'revision-timeout-seconds': '601' },
      '601 cannot be greater than max-revision-timeout-seconds (600): data.revision-timeout-seconds',
    ],
    [
      'config-features',
      { 'multi-container': 'yes' },
      '"yes" is none of Enabled, Allowed, Disabled: data.multi-container',
    ],
    [
      'config-gc',
      { 'min-non-active-revisions': '-1' },
      '"-1" is no whole number of at least 0: data.min-non-active-revisions',
    ],
    [
      'config-network',
      { 'rollout-duration': 'soon' },
      '"soon" is no whole number of at least 0: data.rollout-duration',
    ],
    [
      'config-deployment',
      { 'progress-deadline': '0s' },
      '"0s" is no duration above zero such as 600s: data.progress-deadline',
    ],
    [
      'config-domain',
      { 'a.com': 'yes' },
      'expected nothing, or a mapping with a selector of labels, got "yes": data.a.com',
    ],
  ]
  it.for(rows)('%s is refused by Knative’s webhook', async ([name, data, message]) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'knative-serving' }, data }
    const path = '/api/v1/namespaces/knative-serving/configmaps'
    const found = (await world.api('GET', `${path}/${name}`)).code === 200
    const reply = found ? await world.api('PATCH', `${path}/${name}`, { data }) : await world.api('POST', path, object)
    const frame = 'admission webhook "config.webhook.serving.knative.dev" denied the request: validation failed: '
    expect([reply.code, reply.body.message]).toEqual([400, frame + message])
  })

  it('a ConfigMap of that name elsewhere is nobody’s business', async () => {
    const metadata = { name: 'config-gc', namespace: 'default' }
    await world.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'min-non-active-revisions': '-1' } })
  })
})

describe('config-gc', () => {
  it('old revisions without traffic go, those with traffic or the mark no-gc stay', async () => {
    const gc = { 'retain-since-create-time': 'disabled', 'retain-since-last-active-time': 'disabled' }
    await world.configure('config-gc', { ...gc, 'min-non-active-revisions': '0', 'max-non-active-revisions': '1' })
    await world.service('old', { version: 'v1', annotations: { 'serving.knative.dev/no-gc': 'true' } })
    for (const version of ['v2', 'v3', 'v4', 'v5']) {
      const unmarked = { metadata: { annotations: { 'serving.knative.dev/no-gc': null } } }
      await world.patch(ksvc('old'), { spec: { template: { ...makeTemplate({ version }), ...unmarked } } })
      await world.ready('old')
    }
    await eventually(
      () => revisionsOf('old'),
      names => names.length <= 3,
    )
    expect(await revisionsOf('old')).toEqual(['old-00001', 'old-00004', 'old-00005'])
    expect((await world.seen(host('old'))).version).toBe('v5')
  })
})

describe('rollout-duration', () => {
  it('traffic moves step by step, status and conditions tell it, and no request fails', async () => {
    const object = makeService('gradual', { version: 'v1' })
    object.metadata.annotations = { 'serving.knative.dev/rollout-duration': '6s' }
    await world.create(object)
    await world.ready('gradual')
    await world.patch(ksvc('gradual'), { spec: { template: makeTemplate({ version: 'v2' }) } })
    const shares: number[] = []
    const under = await eventually(
      () => world.get(ksvc('gradual')),
      one => conditionOf(one)?.reason === 'RolloutInProgress',
    )
    expect(under.status?.traffic).toHaveLength(2)
    expect(under.status?.traffic?.every(one => one.latestRevision)).toBe(true)
    for (;;) {
      const now = await world.get(ksvc('gradual'))
      shares.push(now.status?.traffic?.find(one => one.revisionName === 'gradual-00002')?.percent ?? 0)
      await world.seen(host('gradual'))
      if (isReady(now)) break
      await pause(100)
    }
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(new Set(shares).size).toBeGreaterThan(3)
    expect([shares[0], shares.at(-1)]).toEqual([1, 100])
  })
})
