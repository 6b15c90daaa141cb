import { beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { api, call, create, hello, maps, runApi, services } from '../api-under-test.ts'

runApi()

const form = (as: string, version = 'v1') => `application/json;as=${as};v=${version};g=meta.k8s.io`
const get = (path: string, accept: string) => call('GET', path, { headers: { accept } })

/** Header and rows as kubectl prints them without the age, cells parted by bars. */
async function table(path: string, wide = false): Promise<string[]> {
  const { columnDefinitions, rows } = (await get(path, form('Table'))).body
  const shown = columnDefinitions
    .map((column: { name: string; type: string; priority: number }, at: number) => ({ ...column, at }))
    .filter((one: { type: string; priority: number }) => one.type !== 'date' && (wide || one.priority === 0))
  const header = shown.map((one: { name: string }) => one.name.toUpperCase()).join('|')
  const line = ({ cells }: { cells: unknown[] }) => shown.map(({ at }: { at: number }) => cells[at] ?? '').join('|')
  return [header, ...rows.map(line)]
}

/** Puts an object in the store as controllers do. */
const put = (object: object) => api.store.create(object as KubeObject)
const condition = (status: string, reason?: string) => [{ type: 'Ready', status, ...(reason ? { reason } : {}) }]
const knative = (kind: string, name: string, parts: object, group = 'serving.knative.dev/v1') =>
  put({ apiVersion: group, kind, metadata: { name, namespace: 'app' }, ...parts })

describe('a table', () => {
  beforeEach(() => {
    const url = 'http://hello.app.localhost'
    const latest = { latestCreatedRevisionName: 'hello-00002', latestReadyRevisionName: 'hello-00001' }
    knative('Service', 'hello', {
      spec: {},
      status: { url, ...latest, conditions: condition('False', 'RevisionFailed') },
    })
    knative('Configuration', 'hello', { spec: {}, status: { ...latest, conditions: condition('True') } })
    knative('Route', 'hello', { spec: {}, status: { url, conditions: condition('True') } })
    put({
      ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Revision' },
      metadata: {
        ...{ name: 'hello-00001', namespace: 'app' },
        labels: { 'serving.knative.dev/configuration': 'hello', 'serving.knative.dev/configurationGeneration': '1' },
      },
      ...{ spec: {}, status: { actualReplicas: 0, desiredReplicas: 0, conditions: condition('True') } },
    })
    knative(
      'DomainMapping',
      'shop.example.org',
      { status: { url: 'http://shop.example.org', conditions: condition('True') } },
      'serving.knative.dev/v1beta1',
    )
    const networking = 'networking.internal.knative.dev/v1alpha1'
    knative('Ingress', 'hello', { status: { conditions: condition('True') } }, networking)
    const names = { serviceName: 'hello-00001', privateServiceName: 'hello-00001-private' }
    const waiting = {
      spec: { mode: 'Proxy', numActivators: 3 },
      status: { ...names, conditions: condition('Unknown', 'NoHealthyBackends') },
    }
    knative('ServerlessService', 'hello-00001', waiting, networking)
    const scale = { desiredScale: 0, actualScale: 0, conditions: condition('False', 'NoTraffic') }
    knative('PodAutoscaler', 'hello-00001', { status: scale }, 'autoscaling.internal.knative.dev/v1alpha1')
    const address = { url: 'http://broker-ingress.knative-eventing.svc.cluster.local/app/default' }
    knative('Broker', 'default', { status: { address, conditions: condition('True') } }, 'eventing.knative.dev/v1')
    const trigger = {
      spec: { broker: 'default' },
      status: { subscriberUri: 'http://sink.app.svc.cluster.local', conditions: condition('True') },
    }
    knative('Trigger', 't-order', trigger, 'eventing.knative.dev/v1')
    const rule = { spec: { gateways: ['mesh'], hosts: ['a.app', 'a.app.svc'] } }
    knative('VirtualService', 'hello-mesh', rule, 'networking.istio.io/v1')
  })

  // Header and cells as a cluster's own kubectl printed them.
  it.each<[string, string, string[]]>([
    [
      'serving.knative.dev/v1',
      'services',
      [
        'NAME|URL|LATESTCREATED|LATESTREADY|READY|REASON',
        'hello|http://hello.app.localhost|hello-00002|hello-00001|False|RevisionFailed',
      ],
    ],
    ['serving.knative.dev/v1', 'routes', ['NAME|URL|READY|REASON', 'hello|http://hello.app.localhost|True|']],
    [
      'serving.knative.dev/v1',
      'configurations',
      ['NAME|LATESTCREATED|LATESTREADY|READY|REASON', 'hello|hello-00002|hello-00001|True|'],
    ],
    [
      'serving.knative.dev/v1',
      'revisions',
      ['NAME|CONFIG NAME|GENERATION|READY|REASON|ACTUAL REPLICAS|DESIRED REPLICAS', 'hello-00001|hello|1|True||0|0'],
    ],
    [
      'serving.knative.dev/v1beta1',
      'domainmappings',
      ['NAME|URL|READY|REASON', 'shop.example.org|http://shop.example.org|True|'],
    ],
    ['networking.internal.knative.dev/v1alpha1', 'ingresses', ['NAME|READY|REASON', 'hello|True|']],
    [
      'networking.internal.knative.dev/v1alpha1',
      'serverlessservices',
      [
        'NAME|MODE|ACTIVATORS|SERVICENAME|PRIVATESERVICENAME|READY|REASON',
        'hello-00001|Proxy|3|hello-00001|hello-00001-private|Unknown|NoHealthyBackends',
      ],
    ],
    [
      'autoscaling.internal.knative.dev/v1alpha1',
      'podautoscalers',
      ['NAME|DESIREDSCALE|ACTUALSCALE|READY|REASON', 'hello-00001|0|0|False|NoTraffic'],
    ],
    [
      'eventing.knative.dev/v1',
      'brokers',
      ['NAME|URL|READY|REASON', 'default|http://broker-ingress.knative-eventing.svc.cluster.local/app/default|True|'],
    ],
    [
      'eventing.knative.dev/v1',
      'triggers',
      ['NAME|BROKER|SUBSCRIBER_URI|READY|REASON', 't-order|default|http://sink.app.svc.cluster.local|True|'],
    ],
    ['networking.istio.io/v1', 'virtualservices', ['NAME|GATEWAYS|HOSTS', 'hello-mesh|["mesh"]|["a.app","a.app.svc"]']],
  ])('of %s %s', async (version, plural, lines) => {
    expect(await table(`/apis/${version}/namespaces/app/${plural}`)).toEqual(lines)
  })
})

describe('a table of core kinds', () => {
  const core = (kind: string, parts: object, metadata: object = {}) =>
    put({ apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'app', ...metadata }, ...parts })

  it.each<[string, () => unknown, string[], boolean?]>([
    ['configmaps', () => core('ConfigMap', { data: { a: '1' }, binaryData: { b: '' } }), ['NAME|DATA', 'a|2']],
    ['secrets', () => core('Secret', { type: 'Opaque', data: { a: '1' } }), ['NAME|TYPE|DATA', 'a|Opaque|1']],
    ['serviceaccounts', () => core('ServiceAccount', {}), ['NAME|SECRETS', 'a|0']],
    [
      'services',
      () =>
        core('Service', {
          spec: { type: 'ClusterIP', clusterIP: 'None', ports: [{ port: 80, protocol: 'TCP', nodePort: 30_000 }] },
        }),
      ['NAME|TYPE|CLUSTER-IP|EXTERNAL-IP|PORT(S)', 'a|ClusterIP|None|<none>|80:30000/TCP'],
    ],
    [
      'endpoints',
      () => core('Endpoints', { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }),
      ['NAME|ENDPOINTS', 'a|10.0.0.1:80'],
    ],
    [
      'events',
      () =>
        core('Event', { involvedObject: { kind: 'Pod', name: 'p' }, type: 'Normal', reason: 'Started', message: 'm' }),
      ['TYPE|REASON|OBJECT|MESSAGE|NAME', 'Normal|Started|pod/p|m|a'],
      true,
    ],
    [
      'pods',
      () =>
        core('Pod', {
          spec: { nodeName: 'localhost', containers: [{}] },
          status: {
            phase: 'Running',
            podIP: '127.0.0.1',
            containerStatuses: [{ name: 'c', ready: true, restartCount: 2 }],
          },
        }),
      ['NAME|READY|STATUS|RESTARTS|IP|NODE', 'a|1/1|Running|2|127.0.0.1|localhost'],
      true,
    ],
  ])('%s', async (plural, make, lines, wide = false) => {
    make()
    expect(await table(`/api/v1/namespaces/app/${plural}`, wide)).toEqual(lines)
  })
})

describe('the form of an answer', () => {
  beforeEach(() => create('a', { x: 'y' }))

  it('is the object itself for whoever asks for JSON', async () => {
    for (const accept of ['application/json', '*/*', 'application/vnd.kubernetes.protobuf,application/json', '']) {
      expect((await get(`${maps}/a`, accept)).body).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' })
    }
  })

  it.each(['application/yaml', 'text/html', 'application/vnd.kubernetes.protobuf'])('is not %s', async accept => {
    expect(await get(`${maps}/a`, accept)).toMatchObject({ code: 406, body: { reason: 'NotAcceptable' } })
  })

  it.each([
    ['a table', `${form('Table')},${form('Table', 'v1beta1')},application/json`, 'Table', 'meta.k8s.io/v1'],
    ['an older table', form('Table', 'v1beta1'), 'Table', 'meta.k8s.io/v1beta1'],
    ['a table of no version, so what comes next', `${form('Table', 'v9')},application/json`, 'ConfigMapList', 'v1'],
    ['metadata alone', form('PartialObjectMetadataList'), 'PartialObjectMetadataList', 'meta.k8s.io/v1'],
    ['what weighs most', `application/json;q=0.5,${form('Table')}`, 'Table', 'meta.k8s.io/v1'],
  ])('is %s', async (_, accept, kind, apiVersion) => {
    expect((await get(maps, accept)).body).toMatchObject({ kind, apiVersion })
  })

  it('carries of each object what a table is asked for', async () => {
    const rows = async (query: string) => (await get(`${maps}?${query}`, form('Table'))).body.rows[0]
    expect(await rows('')).toMatchObject({ object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } })
    expect(await rows('includeObject=Object')).toMatchObject({ object: { kind: 'ConfigMap', data: {} } })
    expect(await rows('includeObject=None')).not.toHaveProperty('object')
  })

  it('is a table of one row for one object', async () => {
    const one = await get(`${maps}/a`, form('Table'))
    expect(one.body).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 0, expect.any(String)] }] })
  })

  it('keeps numbers as numbers and tells what is missing as null', async () => {
    await call('POST', services, { body: hello })
    const { rows } = (await get(services, form('Table'))).body
    expect(rows[0].cells).toEqual(['hello', null, null, null, null, null])
  })
})
