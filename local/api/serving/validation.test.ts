// What the webhooks of a real cluster answered, against what validation answers here.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../../kernel/object.ts'
import { flawText, judge } from '../admission.ts'
import type { AdmissionContext } from '../kind.ts'
import { Registry } from '../registry.ts'
import { servingKinds } from './kinds.ts'

const registry = new Registry(servingKinds)

type Configs = Record<string, Record<string, string>>

function context(configs: Configs = {}, before?: KubeObject): AdmissionContext {
  const config = (_namespace: string, name: string) => configs[name] ?? {}
  return { user: 'admin', now: 0, config, ...(before ? { before } : {}) }
}

function judged(text: string, configs: Configs = {}, before?: KubeObject) {
  const object = parse(text) as KubeObject
  const kind = registry.of(object)
  if (!kind) throw new Error(`unknown kind ${object.kind}`)
  return judge(kind, object, context(configs, before))
}

/** All flaws as a cluster prints them; empty when the object is taken. */
function answer(text: string, configs: Configs = {}, before?: KubeObject): string {
  const { decoding, metadata, denied } = judged(text, configs, before)
  return [...decoding.map(flaw => flaw.message), ...[...metadata, ...denied].map(flawText)].join('\n')
}

const head = (name = 'v') => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: ${name}, namespace: app }
`

/** A Service whose container, template or spec has these fields more, as flow YAML. */
const container = (fields: string, more = '') =>
  `${head()}spec: { template: { spec: { containers: [{ image: a/b, ${fields} }], ${more} } } }`
const pod = (fields: string) => container('', fields)
const annotated = (key: string, value: string) =>
  `${head()}spec: { template: { metadata: { annotations: { autoscaling.knative.dev/${key}: "${value}" } }, spec: { containers: [{ image: a/b }] } } }`
const traffic = (targets: string) =>
  `${head()}spec: { template: { spec: { containers: [{ image: a/b }] } }, traffic: [${targets}] }`
const named = (name: string, fields = '') =>
  `${head()}spec: { template: { metadata: { name: ${name} }, spec: { containers: [{ image: a/b, ${fields} }] } } }`

const observed = new Map(
  readFileSync(new URL('../../../test/golden/validation.txt', import.meta.url), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map(block => [block.slice(0, block.indexOf('\n')), block.slice(block.indexOf('\n') + 1).trimEnd()]),
)

/** What the cluster said of a flaw, without the sentence around it. */
function cluster(title: string): string {
  const text = observed.get(title)
  if (text === undefined) throw new Error(`no observation "${title}"`)
  if (text.endsWith('created (server dry run)')) return ''
  return text
    .replace(/^admission webhook "[^"]*" denied the request: validation failed: /, '')
    .replace(/^.*strict decoding error: /, '')
}

const rows: [title: string, document: string][] = [
  ['ok', container('')],
  ['no image', `${head()}spec: { template: { spec: { containers: [{ name: x }] } } }`],
  ['percent sum 90', traffic('{ latestRevision: true, percent: 90 }')],
  ['latest + revisionName', traffic('{ latestRevision: true, revisionName: v-1, percent: 100 }')],
  ['no target', traffic('{ percent: 100 }')],
  ['configurationName', traffic('{ configurationName: v, percent: 100 }')],
  ['duplicate tag', traffic('{ tag: a, percent: 50 }, { tag: a, percent: 50 }')],
  ['bad tag', traffic('{ tag: A_b, percent: 100 }')],
  ['url in traffic', traffic('{ tag: a, url: "http://x", percent: 100 }')],
  ['percent -1', traffic('{ percent: -1 }, { percent: 101 }')],
  ['template name without prefix', named('other')],
  ['template name prefix ok', named('v-one')],
  [
    'two containers no port',
    `${head()}spec: { template: { spec: { containers: [{ name: a, image: a/b }, { name: b, image: a/b }] } } }`,
  ],
  ['two ports', container('ports: [{ containerPort: 1 }, { containerPort: 2 }]')],
  ['port name', container('ports: [{ containerPort: 8080, name: http }]')],
  ['hostPort', container('ports: [{ containerPort: 8080, hostPort: 80 }]')],
  ['reserved port 8012', container('ports: [{ containerPort: 8012 }]')],
  ['reserved env PORT', container('env: [{ name: PORT, value: "1" }, { name: K_SERVICE, value: x }]')],
  ['concurrency -1', pod('containerConcurrency: -1')],
  ['concurrency 1001', pod('containerConcurrency: 1001')],
  ['timeout 700', pod('timeoutSeconds: 700')],
  [
    'min>max',
    `${head()}spec: { template: { metadata: { annotations: { autoscaling.knative.dev/min-scale: "5", autoscaling.knative.dev/max-scale: "2" } }, spec: { containers: [{ image: a/b }] } } }`,
  ],
  ['minscale x', annotated('min-scale', 'x')],
  ['window 3s', annotated('window', '3s')],
  ['class x', annotated('class', 'x')],
  ['metric x', annotated('metric', 'x')],
  ['initial-scale 0', annotated('initial-scale', '0')],
  ['lifecycle', container('lifecycle: {}')],
  ['nodeSelector', pod('nodeSelector: { a: b }')],
  ['hostNetwork', pod('hostNetwork: true')],
  ['restartPolicy', pod('restartPolicy: Never')],
  ['replicas unknown field', `${head()}spec: { replicas: 1, template: { spec: { containers: [{ image: a/b }] } } }`],
  ['volume hostPath', pod('volumes: [{ name: v, hostPath: { path: /x } }]')],
  ['bad image', `${head()}spec: { template: { spec: { containers: [{ image: "Bad Image" }] } } }`],
  ['name 64+', head('n'.repeat(64)) + container('').slice(head().length)],
  ['digit first', head('1v') + container('').slice(head().length)],
  ['dot', head('a.b') + container('').slice(head().length)],
]

describe('the answer of the webhook is that of a cluster', () => {
  it.for(rows)('%s', ([title, document]) => {
    expect(answer(document)).toBe(cluster(title))
  })
})

describe('what the sources say beyond the observed', () => {
  const at = 'spec.template.spec.containers[0]'
  const more: [sentence: string, document: string, answer: string][] = [
    [
      'a probe by two means',
      container('readinessProbe: { httpGet: { path: / }, tcpSocket: { port: 0 } }'),
      `expected exactly one, got both: ${at}.readinessProbe.httpGet, ${at}.readinessProbe.tcpSocket`,
    ],
    [
      'a probe of another port',
      container('livenessProbe: { httpGet: { port: other } }'),
      `invalid value: other: ${at}.livenessProbe.httpGet.port\nProbe port must match container port`,
    ],
    [
      'a failure threshold without a period',
      container('readinessProbe: { failureThreshold: 2 }'),
      `failureThreshold is disallowed when periodSeconds is zero: ${at}.readinessProbe.failureThreshold`,
    ],
    [
      'an env of a pod’s field',
      container('env: [{ name: A, valueFrom: { fieldRef: { fieldPath: x } } }]'),
      `must not set the field(s): ${at}.env[0].valueFrom.fieldRef`,
    ],
    [
      'envFrom of nothing',
      container('envFrom: [{ prefix: A }]'),
      `expected exactly one, got neither: ${at}.envFrom[0].configMapRef, ${at}.envFrom[0].secretRef`,
    ],
    [
      'a privileged container',
      container('securityContext: { privileged: true }'),
      `must not set the field(s): ${at}.securityContext.privileged`,
    ],
    [
      'a mount without a volume',
      container('volumeMounts: [{ name: x, mountPath: /x }]'),
      `volumeMount has no matching volume: ${at}.volumeMounts[0].name`,
    ],
    [
      'a mount over the root',
      container('volumeMounts: [{ name: x, mountPath: / }]', 'volumes: [{ name: x, emptyDir: {} }]'),
      `mountPath "/" is a reserved path: ${at}.volumeMounts[0].mountPath`,
    ],
    [
      'a mounted secret',
      container('volumeMounts: [{ name: x, mountPath: /x }]', 'volumes: [{ name: x, secret: { secretName: s } }]'),
      '',
    ],
    [
      'init containers',
      pod('initContainers: [{ image: a/b }]'),
      'must not set the field(s): spec.template.spec.initContainers\npod spec support for init-containers is off, but found 1 init containers: ',
    ],
    [
      'a service account that is no name',
      pod('serviceAccountName: foo@bar.baz'),
      'invalid value: foo@bar.baz: spec.template.spec.serviceAccountName\n',
    ],
    [
      'a rollout of half seconds',
      container('').replace(
        'namespace: app',
        'namespace: app, annotations: { serving.knative.dev/rollout-duration: 1500ms }',
      ),
      'rollout-duration=1500ms is not at second precision: metadata.annotations.serving.knative.dev/rollout-duration',
    ],
    [
      'scaling annotations on the Service',
      container('').replace(
        'namespace: app',
        'namespace: app, annotations: { autoscaling.knative.dev/min-scale: "1" }',
      ),
      'invalid key name "autoscaling.knative.dev/min-scale": metadata.annotations\nautoscaling annotations must be put under "spec.template.metadata.annotations" to work',
    ],
    [
      'an activation scale of 1',
      annotated('activation-scale', '1'),
      'activation-scale=1 must be greater than 1: spec.template.metadata.annotations.autoscaling.knative.dev/activation-scale',
    ],
    [
      'a burst of -2',
      annotated('target-burst-capacity', '-2'),
      'invalid value: -2: spec.template.metadata.annotations.autoscaling.knative.dev/target-burst-capacity',
    ],
    [
      'a tag that makes the host too long',
      traffic(`{ tag: ${'t'.repeat(62)}, percent: 100 }`),
      `invalid value: the first label of a host must be no more than 63 characters: spec.traffic[0].tag\n"${'t'.repeat(62)}-v" has 64 characters: shorten the tag or the name`,
    ],
  ]
  it.for(more)('%s', ([, document, wanted]) => {
    expect(answer(document).startsWith(wanted)).toBe(true)
    expect(answer(document) === '').toBe(wanted === '')
  })
})

describe('ConfigMaps move the bounds', () => {
  const rows: [sentence: string, document: string, configs: Configs][] = [
    ['a longer timeout', pod('timeoutSeconds: 700'), { 'config-defaults': { 'max-revision-timeout-seconds': '900' } }],
    [
      'initial scale 0',
      annotated('initial-scale', '0'),
      { 'config-autoscaler': { 'allow-zero-initial-scale': 'true' } },
    ],
    [
      'a node selector',
      pod('nodeSelector: { a: b }'),
      { 'config-features': { 'kubernetes.podspec-nodeselector': 'allowed' } },
    ],
    [
      'a field of the pod',
      container('env: [{ name: A, valueFrom: { fieldRef: { fieldPath: x } } }]'),
      { 'config-features': { 'kubernetes.podspec-fieldref': 'enabled' } },
    ],
    [
      'more concurrency',
      pod('containerConcurrency: 1001'),
      { 'config-defaults': { 'container-concurrency-max-limit': '2000' } },
    ],
  ]
  it.for(rows)('%s is refused as shipped and taken when allowed', ([, document, configs]) => {
    expect(answer(document)).not.toBe('')
    expect(answer(document, configs)).toBe('')
  })

  it('an unreadable ConfigMap counts as the shipped one', () => {
    expect(
      answer(pod('timeoutSeconds: 700'), { 'config-defaults': { 'max-revision-timeout-seconds': 'long' } }),
    ).not.toBe('')
  })

  it('defaults come from config-defaults', () => {
    const data = {
      'revision-timeout-seconds': '60',
      'container-name-template': '{{.Name}}-main',
      'revision-cpu-request': '100m',
    }
    const { object } = judged(container(''), { 'config-defaults': data })
    const { spec } = (object as KubeObject & { spec: { template: { spec: Record<string, unknown> } } }).spec.template
    expect(spec.timeoutSeconds).toBe(60)
    expect(spec.containers).toMatchObject([{ name: 'v-main', resources: { requests: { cpu: '100m' } } }])
  })
})

describe('updates', () => {
  const stored = (text: string): KubeObject => judged(text).object

  it('a byte-identical second apply of a template with a name is refused, since defaults are not put in again', () => {
    const text = answer(named('v-one'), {}, stored(named('v-one')))
    expect(text).toContain('Saw the following changes without a name change (-old +new): spec.template.metadata.name')
    expect(text).toContain(
      '{*v1.RevisionTemplateSpec}.Spec.PodSpec.Containers[0].Name:\n\t-: "user-container"\n\t+: ""',
    )
  })

  it('KNI-13 … and is taken when name and probe are written out', () => {
    const written = 'name: user-container, readinessProbe: { successThreshold: 1, tcpSocket: { port: 0 } }'
    const before = stored(named('v-one', written))
    const again = `${named('v-one', written).slice(0, -5)}, containerConcurrency: 0, enableServiceLinks: false, timeoutSeconds: 300 } } }`
    expect(before.metadata.annotations).toBeDefined()
    expect(answer(withCreator(again), {}, before)).toBe('')
  })

  it('a new name makes way for any change', () => {
    expect(answer(withCreator(named('v-two')), {}, stored(named('v-one')))).toBe('')
  })

  it('creator and lastModifier are nobody’s to forge', () => {
    const forged = container('').replace(
      'namespace: app',
      'namespace: app, annotations: { serving.knative.dev/creator: eve }',
    )
    const text = answer(forged, {}, stored(container('')))
    expect(text).toContain('annotation value is immutable: metadata.annotations.serving.knative.dev/creator')
  })

  it('a revision’s spec is immutable', () => {
    const revision = (image: string) =>
      `{ apiVersion: serving.knative.dev/v1, kind: Revision, metadata: { name: r, namespace: app }, spec: { containers: [{ image: ${image} }] } }`
    const text = answer(revision('a/c'), {}, stored(revision('a/b')))
    expect(text).toContain('Immutable fields changed (-old +new): spec\n')
    expect(text).toContain('Containers[0].Image:\n\t-: "a/b"\n\t+: "a/c"')
  })
})

/** As `kubectl apply` sends it: annotations that others wrote are kept. */
function withCreator(text: string): string {
  const kept = '{ serving.knative.dev/creator: admin, serving.knative.dev/lastModifier: admin }'
  return text.replace('namespace: app', `namespace: app, annotations: ${kept}`)
}

describe('Routes, Configurations and DomainMappings', () => {
  const route = (spec: string, labels = '{}') =>
    `{ apiVersion: serving.knative.dev/v1, kind: Route, metadata: { name: r, namespace: app, labels: ${labels} }, spec: ${spec} }`
  const mapping = (name: string, ref: string) =>
    `{ apiVersion: serving.knative.dev/v1beta1, kind: DomainMapping, metadata: { name: ${name}, namespace: app }, spec: { ref: ${ref} } }`
  const service = '{ apiVersion: serving.knative.dev/v1, kind: Service, name: s }'
  const rows: [sentence: string, document: string, answer: string][] = [
    ['a Route to a configuration', route('{ traffic: [{ configurationName: c, percent: 100 }] }'), ''],
    [
      'a Route to nothing',
      route('{ traffic: [{ percent: 100 }] }'),
      'expected exactly one, got neither: spec.traffic[0].configurationName, spec.traffic[0].revisionName',
    ],
    [
      'a Route that claims a Service',
      route('{ traffic: [{ configurationName: c, percent: 100 }] }', '{ serving.knative.dev/service: s }'),
      'missing field(s): metadata.labels.serving.knative.dev/service',
    ],
    ['a mapping', mapping('shop.example.org', service), ''],
    [
      'a mapping of one label',
      mapping('shop', service),
      'invalid name "shop": name: Invalid value: "shop": should be a domain with at least two segments separated by dots: metadata.name',
    ],
    [
      'a mapping inside the cluster',
      mapping('a.b.svc.cluster.local', service),
      'invalid name "a.b.svc.cluster.local": must not be a subdomain of cluster local domain "cluster.local": metadata.name',
    ],
    [
      'a mapping to nothing',
      mapping('shop.example.org', '{ kind: Service, name: s }'),
      'missing field(s): spec.ref.apiVersion',
    ],
  ]
  it.for(rows)('%s', ([, document, wanted]) => {
    expect(answer(document)).toBe(wanted)
  })
})
