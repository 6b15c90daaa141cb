// How what decodes into Go types words a value of the wrong type (encoding/json UnmarshalTypeError): the API server for
// kinds built in, Knative's webhooks for theirs.
import type { SchemaFlaw } from './schema.ts'

/** Structs by the field that holds them, or by the whole path to it. */
const structs: Readonly<Record<string, string>> = {
  'spec.ports': 'ServicePort',
  'spec.template.spec': 'RevisionSpec',
  metadata: 'ObjectMeta',
  template: 'RevisionTemplateSpec',
  traffic: 'TrafficTarget',
  containers: 'Container',
  initContainers: 'Container',
  env: 'EnvVar',
  valueFrom: 'EnvVarSource',
  configMapKeyRef: 'ConfigMapKeySelector',
  secretKeyRef: 'SecretKeySelector',
  envFrom: 'EnvFromSource',
  ports: 'ContainerPort',
  resources: 'ResourceRequirements',
  readinessProbe: 'Probe',
  livenessProbe: 'Probe',
  startupProbe: 'Probe',
  httpGet: 'HTTPGetAction',
  tcpSocket: 'TCPSocketAction',
  securityContext: 'SecurityContext',
  volumeMounts: 'VolumeMount',
  volumes: 'Volume',
  ref: 'KReference',
  config: 'KReference',
  tls: 'SecretTLS',
  subscriber: 'Destination',
  deadLetterSink: 'Destination',
  delivery: 'DeliverySpec',
  filter: 'TriggerFilter',
}

/** What a revision's spec has besides the pod's. */
const revisionFields = ['containerConcurrency', 'timeoutSeconds', 'responseStartTimeoutSeconds', 'idleTimeoutSeconds']

/** Embedded structs are named in the path: where they stand, and which fields they hold. */
const embedded: readonly { within: RegExp; holds(field: string): boolean; struct: string }[] = [
  { within: /^Service\.spec$/, holds: field => field === 'template', struct: 'ConfigurationSpec' },
  { within: /^Service\.spec$/, holds: field => field === 'traffic', struct: 'RouteSpec' },
  { within: /^(Revision|.*\.template)\.spec$/, holds: field => !revisionFields.includes(field), struct: 'PodSpec' },
  {
    within: /\.\w+Probe$/,
    holds: field => ['exec', 'httpGet', 'tcpSocket', 'grpc'].includes(field),
    struct: 'ProbeHandler',
  },
  {
    within: /\.(configMapKeyRef|secretKeyRef|configMapRef|secretRef)$/,
    holds: field => field === 'name',
    struct: 'LocalObjectReference',
  },
]

/** Go's types of plain values, by those of schemas. */
const goTypes: Readonly<Record<string, string>> = {
  boolean: 'bool',
  integer: 'int32',
  number: 'float64',
  array: '[]string',
  object: 'map[string]string',
}

/** Whole numbers that are not of 32 bits. */
const longs = [
  ...revisionFields,
  ...['percent', 'terminationGracePeriodSeconds', 'generation', 'observedGeneration', 'runAsUser', 'runAsGroup'],
]

/** `json: cannot unmarshal bool into Go struct field ObjectMeta.spec.ConfigurationSpec.template.metadata.labels of …` */
export function goTypeError(kind: string, { path, wanted = '', got = '' }: SchemaFlaw): string {
  const names = path.replace(/\[[^\]]*\]/g, '').split('.')
  const steps = names.flatMap((name, at) => {
    const struct = embeddedIn([kind, ...names.slice(0, at)].join('.'), name)
    return struct ? [struct, name] : [name]
  })
  const holder = structOf(kind, names)
  const found = got === 'boolean' ? 'bool' : got
  return `json: cannot unmarshal ${found} into Go struct field ${holder}.${steps.join('.')} of type ${typeOf(wanted, path)}`
}

function embeddedIn(around: string, name: string): string | undefined {
  return embedded.find(({ within, holds }) => within.test(around) && holds(name))?.struct
}

/** The struct that has the last field. */
function structOf(kind: string, names: readonly string[]): string {
  const around = names.slice(0, -1)
  const own = embeddedIn([kind, ...around].join('.'), names.at(-1) ?? '')
  if (own) return own
  const parent = around.at(-1) ?? ''
  return structs[around.join('.')] ?? structs[parent] ?? (parent === 'spec' ? `${kind}Spec` : kind)
}

/** Lists and structs are named by the field that holds them. */
function typeOf(wanted: string, path: string): string {
  const name = path.split('.').at(-1) ?? ''
  const struct = structs[name.replace(/\[\d+\]$/, '')]
  if (struct && (wanted === 'array' || wanted === 'object')) return `${wanted === 'array' ? '[]' : ''}v1.${struct}`
  return wanted === 'integer' && longs.includes(name) ? 'int64' : (goTypes[wanted] ?? wanted)
}
