import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../kernel/object.ts'
import { admit, judge } from './admission.ts'
import { goTypeError } from './go-decoding.ts'
import type { AdmissionContext, Kind } from './kind.ts'
import { createRegistry } from './registry.ts'
import { array, integer, map, object, objectSchema, string } from './schema.ts'

const registry = createRegistry()
const context: AdmissionContext = { user: 'admin', now: 0, config: () => ({}) }

/** What the admission of a cluster answered, by flaw. */
const golden = new Map(
  readFileSync(new URL('../../test/golden/validation.txt', import.meta.url), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trimEnd()]),
)

function kindOf(draft: KubeObject): Kind {
  const kind = registry.of(draft)
  if (!kind) throw new Error(`no kind ${draft.kind}`)
  return kind
}

function refusal(draft: KubeObject, kind = kindOf(draft)): string {
  try {
    admit(kind, draft, context)
    return 'admitted'
  } catch (error) {
    return (error as Error).message
  }
}

/** A Knative Service `v` with a template and a few further fields of spec, in YAML's short form. */
function service(container: string, spec = '', name = 'v'): KubeObject {
  return parse(`{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: ${name}, namespace: app},
    spec: {template: {spec: {containers: [{${container}}]}}${spec && `, ${spec}`}}}`)
}

describe('admission, as a cluster answered', () => {
  it.each<[string, KubeObject]>([
    ['hostPort', service('image: dev.local/a/b, ports: [{containerPort: 80, hostPort: 80}]')],
    ['lifecycle', service('image: dev.local/a/b, lifecycle: {}')],
    ['replicas unknown field', service('image: dev.local/a/b', 'replicas: 1')],
    ['percent sum 90', service('image: dev.local/a/b', 'traffic: [{latestRevision: true, percent: 90}]')],
    ['no image', service('name: a')],
  ])('%s', (flaw, draft) => expect(refusal(draft)).toBe(golden.get(flaw)))

  it('upper: the sentence clients print with the name in front', () => {
    const sentence = golden.get('upper')?.replace('The Service "Upper" is invalid: ', '')
    expect(refusal(service('image: dev.local/a/b', '', 'Upper'))).toBe(
      `Service.serving.knative.dev "Upper" is invalid: ${sentence}`,
    )
  })
})

const toy: Kind = {
  group: 'toys.example.com',
  versions: ['v1'],
  kind: 'Toy',
  plural: 'toys',
  singular: 'toy',
  namespaced: true,
  status: true,
  schema: objectSchema({ spec: object({ size: integer, names: array(string), labels: map(string) }) }),
  columns: [],
  setDefaults(draft) {
    const { spec } = draft as KubeObject & { spec: { size?: number } }
    spec.size ??= 1
  },
  validate(draft) {
    const { spec } = draft as KubeObject & { spec: { size: number } }
    return spec.size > 9 ? [{ path: 'spec.size', message: 'too big', details: 'sizes go to 9' }] : []
  },
}
const toyOf = (spec: unknown, metadata: object = { name: 'a' }) =>
  ({ apiVersion: 'toys.example.com/v1', kind: 'Toy', metadata, spec }) as unknown as KubeObject

describe('admission', () => {
  it('names every unknown field at once', () => {
    expect(refusal(toyOf({ a: 1, b: 2 }), toy)).toBe(
      'Toy in version "v1" cannot be handled as a Toy: strict decoding error: unknown field "spec.a", unknown field "spec.b"',
    )
  })

  it('says the types that would be right', () => {
    expect(refusal(toyOf({ size: 'x', names: {} }), toy)).toBe(
      'Toy.toys.example.com "a" is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", ' +
        'spec.names: Invalid value: "object": spec.names in body must be of type array: "object"]',
    )
  })

  it('refuses null in a list', () => expect(refusal(toyOf({ names: [null] }), toy)).toContain('spec.names[0]'))

  it('takes null fields of kinds built in for absent', () => {
    const admitted = admit({ ...toy, strategic: {} }, toyOf({ size: null, labels: { a: null } }), context)
    expect(admitted).toEqual(toyOf({ size: 1, labels: {} }))
  })

  it('refuses null fields of other kinds, but for the times Go writes so', () => {
    expect(refusal(toyOf({ size: null }), toy)).toBe(
      'Toy.toys.example.com "a" is invalid: spec.size: Invalid value: "null": spec.size in body must be of type integer: "null"',
    )
    expect(refusal(toyOf({ labels: { a: null } }), toy)).toContain('spec.labels.a in body must be of type string')
    expect(refusal(toyOf({ labels: { creationTimestamp: null } }, { name: 'a', creationTimestamp: null }), toy)).toBe(
      'admitted',
    )
  })

  it.each([
    [
      { kind: 'Service', path: 'spec.template.metadata.labels[a/b]', wanted: 'string', got: 'boolean' },
      'bool into Go struct field ObjectMeta.spec.ConfigurationSpec.template.metadata.labels of type string',
    ],
    [
      { kind: 'Service', path: 'spec.traffic[0].percent', wanted: 'integer', got: 'string' },
      'string into Go struct field TrafficTarget.spec.RouteSpec.traffic.percent of type int64',
    ],
    [
      { kind: 'Service', path: 'spec.template.spec.containers', wanted: 'array', got: 'object' },
      'object into Go struct field PodSpec.spec.ConfigurationSpec.template.spec.PodSpec.containers of type []v1.Container',
    ],
    [
      { kind: 'Service', path: 'spec.template.spec.timeoutSeconds', wanted: 'integer', got: 'string' },
      'string into Go struct field RevisionSpec.spec.ConfigurationSpec.template.spec.timeoutSeconds of type int64',
    ],
    [
      { kind: 'Revision', path: 'spec.containers[0].env[1].value', wanted: 'string', got: 'number' },
      'number into Go struct field EnvVar.spec.PodSpec.containers.env.value of type string',
    ],
    [
      { kind: 'Trigger', path: 'spec.broker', wanted: 'string', got: 'number' },
      'number into Go struct field TriggerSpec.spec.broker of type string',
    ],
  ])('the words of Go for %j', ({ kind, ...flaw }, words) => {
    expect(goTypeError(kind, { ...flaw, kind: 'type', message: '' })).toBe(`json: cannot unmarshal ${words}`)
  })

  it('asks a webhook of Knative first for what it cannot decode', () => {
    const webhook = 'validation.webhook.toys.example.com'
    const denied = 'admission webhook "webhook.toys.example.com" denied the request: mutation failed: cannot decode'
    expect(refusal(toyOf({ size: 'x' }), { ...toy, webhook })).toContain(denied)
    expect(refusal(toyOf({ a: 1 }), { ...toy, webhook })).toContain('strict decoding error: unknown field "spec.a"')
    expect(refusal(toyOf({ a: 1 }), { ...toy, webhook, openSpec: true })).toBe(
      `${denied} incoming new object: json: unknown field "a"`,
    )
  })

  it('leaves the object given as it is', () => {
    const draft = Object.freeze(toyOf(Object.freeze({})))
    expect(admit(toy, draft, context)).toEqual(toyOf({ size: 1 }))
    expect(draft).toEqual(toyOf({}))
  })

  it('quotes the webhook of a kind that has one', () => {
    expect(refusal(toyOf({ size: 10 }), { ...toy, webhook: 'validation.example.com' })).toBe(
      'admission webhook "validation.example.com" denied the request: validation failed: too big: spec.size\nsizes go to 9',
    )
  })

  it('answers Invalid with causes for a kind without webhook', () => {
    expect(() => admit(toy, toyOf({ size: 10 }), context)).toThrow(
      expect.objectContaining({
        code: 422,
        details: expect.objectContaining({
          causes: [{ reason: 'FieldValueInvalid', message: 'too big', field: 'spec.size' }],
        }),
      }),
    )
  })

  it.each<[string, object, string]>([
    ['no name', {}, 'metadata.name: Required value'],
    ['a bad namespace', { name: 'a', namespace: 'A' }, 'metadata.namespace: Invalid value: "A"'],
    ['a bad label key', { name: 'a', labels: { 'a b': 'c' } }, 'metadata.labels: Invalid value: "a b"'],
    ['a bad label value', { name: 'a', labels: { a: 'b c' } }, 'metadata.labels: Invalid value: "b c"'],
    ['a bad annotation key', { name: 'a', annotations: { '/': 'c' } }, 'metadata.annotations: Invalid value: "/"'],
    ['too many annotations', { name: 'a', annotations: { a: 'x'.repeat(262_144) } }, 'Too long'],
    ['a bad generateName', { generateName: 'A-' }, 'metadata.generateName: Invalid value: "A-"'],
  ])('refuses metadata with %s', (_, metadata, sentence) =>
    expect(refusal(toyOf({}, metadata), toy)).toContain(sentence),
  )

  it('refuses a namespace on what has none', () => {
    const draft = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'b' } }
    expect(refusal(draft)).toBe('Namespace "a" is invalid: metadata.namespace: Forbidden: not allowed on this type')
  })

  it('survives an object without metadata', () => {
    const { metadata: _gone, ...draft } = toyOf({})
    expect(judge(toy, draft as KubeObject, context).metadata).toHaveLength(1)
  })
})

describe('the core kinds', () => {
  const core = (kind: string, fields: object, name = 'a') =>
    ({ apiVersion: 'v1', kind, metadata: { name }, ...fields }) as KubeObject

  it("moves a Secret's stringData into data", () => {
    const draft = core('Secret', { stringData: { key: 'wörd' }, data: { other: 'eA==' } })
    expect(admit(kindOf(draft), draft, context)).toMatchObject({
      type: 'Opaque',
      data: { key: 'd8O2cmQ=', other: 'eA==' },
    })
    expect(admit(kindOf(draft), draft, context)).not.toHaveProperty('stringData')
  })

  it('gives a Namespace its label and phase', () => {
    const draft = core('Namespace', {})
    expect(admit(kindOf(draft), draft, context)).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'a' } },
      status: { phase: 'Active' },
    })
  })

  it('defaults the ports of a Service', () => {
    const draft = core('Service', { spec: { ports: [{ port: 80 }] } })
    expect(admit(kindOf(draft), draft, context)).toMatchObject({
      spec: { type: 'ClusterIP', sessionAffinity: 'None', ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }] },
    })
  })

  it.each<[string, KubeObject, string]>([
    ['a Service without ports', core('Service', { spec: {} }), 'spec.ports: Required value'],
    ['a Service of no known type', core('Service', { spec: { type: 'X' } }), 'spec.type: Unsupported value: "X"'],
    [
      'an ExternalName without name',
      core('Service', { spec: { type: 'ExternalName' } }),
      'spec.externalName: Required value',
    ],
    [
      'an ExternalName that is none',
      core('Service', { spec: { type: 'ExternalName', externalName: 'A_' } }),
      'RFC 1123',
    ],
    ['a port out of range', core('Service', { spec: { ports: [{ port: 0 }] } }), 'must be between 1 and 65535'],
    [
      'two ports without names',
      core('Service', { spec: { ports: [{ port: 1 }, { port: 2, name: 'b' }] } }),
      'spec.ports[0].name: Required',
    ],
    [
      'a port twice',
      core('Service', {
        spec: {
          ports: [
            { port: 1, name: 'a' },
            { port: 1, name: 'b' },
          ],
        },
      }),
      'spec.ports[1]: Duplicate',
    ],
    [
      'a port name twice',
      core('Service', {
        spec: {
          ports: [
            { port: 1, name: 'a' },
            { port: 2, name: 'a' },
          ],
        },
      }),
      'Duplicate value: "a"',
    ],
    [
      'an unknown protocol',
      core('Service', { spec: { ports: [{ port: 1, protocol: 'HTTP' }] } }),
      'Unsupported value: "HTTP"',
    ],
    ['a Service whose name starts with a digit', core('Service', { spec: { ports: [{ port: 1 }] } }, '1a'), 'DNS-1035'],
    [
      'a ConfigMap with a number',
      core('ConfigMap', { data: { a: 1 } }),
      'Go struct field ConfigMap.data of type string',
    ],
    ['a ConfigMap with a bad key', core('ConfigMap', { data: { 'a b': 'c' } }), 'a valid config key'],
    [
      'a key both plain and binary',
      core('ConfigMap', { data: { a: 'b' }, binaryData: { a: 'Yg==' } }),
      'duplicate of key',
    ],
    ['data beyond 1 MiB', core('ConfigMap', { data: { a: 'x'.repeat(1024 * 1024 + 1) } }), 'Too long'],
    ['a Secret that is no base64', core('Secret', { data: { a: '!' } }), 'illegal base64'],
  ])('refuse %s', (_, draft, sentence) => expect(refusal(draft)).toContain(sentence))

  it('hold an immutable ConfigMap still', () => {
    const before = core('ConfigMap', { data: { a: 'b' }, immutable: true })
    const draft = core('ConfigMap', { data: { a: 'c' }, immutable: true })
    expect(() => admit(kindOf(draft), draft, { ...context, before })).toThrow('field is immutable')
    expect(admit(kindOf(before), before, { ...context, before })).toEqual(before)
  })
})

describe('printed columns', () => {
  const cells = (draft: object) => {
    const object = draft as KubeObject
    return kindOf(object).columns.flatMap(column => (column.cell ? [`${column.name}=${column.cell(object)}`] : []))
  }

  it.each<[string, object, string[]]>([
    [
      'an ExternalName',
      {
        apiVersion: 'v1',
        kind: 'Service',
        spec: { type: 'ExternalName', externalName: 'a.b', ports: [{ port: 80, protocol: 'TCP' }] },
      },
      ['Cluster-IP=<none>', 'External-IP=a.b', 'Port(s)=80/TCP'],
    ],
    [
      'a load balancer',
      {
        apiVersion: 'v1',
        kind: 'Service',
        spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 8080, protocol: 'TCP' }] },
        status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } },
      },
      ['Cluster-IP=10.0.0.1', 'External-IP=127.0.0.1', 'Port(s)=80:8080/TCP'],
    ],
    [
      'a load balancer without address',
      { apiVersion: 'v1', kind: 'Service', spec: { type: 'LoadBalancer' } },
      ['Cluster-IP=<none>', 'External-IP=<pending>', 'Port(s)=<none>'],
    ],
    ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '' }, binaryData: { b: '' } }, ['Data=2']],
    [
      'a pod that waits',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {},
        spec: { containers: [{}] },
        status: {
          phase: 'Pending',
          containerStatuses: [{ ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
        },
      },
      ['Ready=0/1', 'Status=CrashLoopBackOff', 'Restarts=3', 'IP=<none>', 'Node=<none>'],
    ],
    [
      'a pod that ends',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { deletionTimestamp: 'now' },
        spec: { containers: [{}], nodeName: 'n' },
        status: { podIP: '1.2.3.4' },
      },
      ['Ready=0/1', 'Status=Terminating', 'Restarts=0', 'IP=1.2.3.4', 'Node=n'],
    ],
    [
      'endpoints',
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        subsets: [{ addresses: [{ ip: '1.1.1.1' }, { ip: '::1' }], ports: [{ port: 1 }, { port: 2 }] }],
      },
      ['Endpoints=1.1.1.1:1,1.1.1.1:2,[::1]:1 + 1 more...'],
    ],
    ['no endpoints', { apiVersion: 'v1', kind: 'Endpoints' }, ['Endpoints=<none>']],
    [
      'a node',
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
      ['Status=Ready', 'Roles=control-plane'],
    ],
    ['an event', { apiVersion: 'v1', kind: 'Event', involvedObject: { kind: 'Pod', name: 'a' } }, ['Object=pod/a']],
    ['a service account', { apiVersion: 'v1', kind: 'ServiceAccount' }, ['Secrets=0']],
  ])('of %s', (_, draft, expected) => expect(cells(draft)).toEqual(expected))
})

describe("the words of a webhook that is not Knative's", () => {
  const flaw = 'admission webhook "validation.istio.io" denied the request: '
  const rule = (http: string) =>
    parse(`{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: app},
      spec: {hosts: [a.test], http: [{${http}}]}}`) as KubeObject

  it('of one flaw', () => {
    const said = refusal(rule('redirect: {uri: /}, directResponse: {status: 200}'))
    expect(said).toBe(
      `${flaw}configuration is invalid: HTTP route rule cannot contain both direct_response and redirect`,
    )
  })

  it('of several flaws', () => {
    const said = refusal(rule('route: [{destination: {host: "*"}, weight: -1}]'))
    const list = '2 errors occurred:\n\t* invalid destination host *\n\t* weight -1 < 0\n\n'
    expect(said).toBe(`${flaw}configuration is invalid: ${list}`)
  })

  it('of what its decoder cannot read', () => {
    const said = refusal(rule('timeout: 5'))
    expect(said).toBe(`${flaw}error decoding configuration: json: cannot unmarshal number into Go value of type string`)
  })

  it('are not those of unknown fields, which the API itself refuses', () => {
    const sentence = 'strict decoding error: unknown field "spec.http[0].retrys"'
    expect(refusal(rule('retrys: {}'))).toContain(sentence)
  })
})
