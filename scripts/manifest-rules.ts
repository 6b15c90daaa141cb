// Rules for Knative on Istio that no admission webhook knows, because they look at several objects at once.
import type { KubeObject } from '../local/kernel/object.ts'
import type { Manifest } from '../local/manifests/manifest.ts'
import type { Finding } from './finding.ts'

interface KnativeService extends KubeObject {
  spec?: { template?: { spec?: { containers?: Container[] } }; traffic?: { tag?: string }[] }
}

interface Container {
  readinessProbe?: Probe
  livenessProbe?: Probe
  startupProbe?: Probe
}

interface Probe {
  httpGet?: { path?: string }
}

interface VirtualService extends KubeObject {
  spec?: { hosts?: string[]; gateways?: string[] }
}

interface DestinationRule extends KubeObject {
  spec?: { host?: string; subsets?: unknown[] }
}

/** A rule by its row: what it finds wrong in the whole set. */
interface ManifestRule {
  id: string
  check(set: ManifestSet): Finding[]
}

/** The manifests of a project, sorted by what the rules look at. */
export interface ManifestSet {
  services: Manifest[]
  facades: Manifest[]
  virtualServices: Manifest[]
  destinationRules: Manifest[]
  /** `namespace/name` of every Knative Service and of every `tag-service`, with the hosts that name it. */
  hosts: Map<string, string>
}

const longestLabel = 63

export const manifestRules: readonly ManifestRule[] = [
  { id: 'KNI-01', check: generatedNames },
  { id: 'KNI-02', check: subsetsOfKnativeHosts },
  { id: 'KNI-03', check: knativeHostsInTheMesh },
  { id: 'KNI-04', check: facadeNames },
  { id: 'KNI-05', check: longTagHosts },
  { id: 'KNI-17', check: probesOfTheRoot },
]

/** Everything the rules find in the manifests of a project. */
export function ruleFindings(manifests: readonly Manifest[]): Finding[] {
  const set = setOf(manifests)
  return manifestRules.flatMap(rule => rule.check(set).map(one => ({ ...one, message: `${one.message} (${rule.id})` })))
}

function setOf(manifests: readonly Manifest[]): ManifestSet {
  const ofKind = (kind: string, group: string) =>
    manifests.filter(({ object }) => object.kind === kind && object.apiVersion.startsWith(group))
  const services = ofKind('Service', 'serving.knative.dev/')
  return {
    services,
    facades: ofKind('Service', 'v1'),
    virtualServices: ofKind('VirtualService', 'networking.istio.io/'),
    destinationRules: ofKind('DestinationRule', 'networking.istio.io/'),
    hosts: new Map(services.flatMap(({ object }) => hostNames(object).map(name => hostEntry(object, name)))),
  }
}

/** The service's name, and `tag-name` for each of its tags. */
function hostNames(object: KnativeService): string[] {
  const tags = (object.spec?.traffic ?? []).flatMap(({ tag }) => (tag ? [tag] : []))
  return [object.metadata.name, ...tags.map(tag => `${tag}-${object.metadata.name}`)]
}

function hostEntry({ metadata }: KubeObject, name: string): [string, string] {
  return [`${metadata.namespace}/${name}`, metadata.name]
}

/** Knative generates `NAME-mesh` and `NAME-ingress`: a manifest of that name would be overwritten. */
function generatedNames({ virtualServices, services }: ManifestSet): Finding[] {
  const generated = new Set(
    services.flatMap(({ object: { metadata } }) =>
      ['mesh', 'ingress'].map(suffix => `${metadata.namespace}/${metadata.name}-${suffix}`),
    ),
  )
  return virtualServices
    .filter(
      ({ object: { metadata } }) =>
        /-(mesh|ingress)$/.test(metadata.name) || generated.has(`${metadata.namespace}/${metadata.name}`),
    )
    .map(one =>
      at(
        one,
        'metadata.name',
        `VirtualService "${one.object.metadata.name}" has a name that Knative generates: choose another`,
      ),
    )
}

/** A subset selects pods of a Service; the host of a Knative Service is a gateway and has none. */
function subsetsOfKnativeHosts({ destinationRules, hosts }: ManifestSet): Finding[] {
  return destinationRules
    .filter(({ object }) => {
      const { spec, metadata } = object as DestinationRule
      return (spec?.subsets?.length ?? 0) > 0 && isKnativeHost(hosts, spec?.host ?? '', metadata.namespace)
    })
    .map(one =>
      at(one, 'spec.subsets', 'subsets of a Knative Service select nothing: split with its traffic block and tags'),
    )
}

/** Knative's own VirtualService holds the host already; of two in one mesh the older wins, silently. */
function knativeHostsInTheMesh({ virtualServices, hosts }: ManifestSet): Finding[] {
  return virtualServices.flatMap(one => {
    const { spec, metadata } = one.object as VirtualService
    if (!(spec?.gateways ?? ['mesh']).includes('mesh')) return []
    const clashes = (spec?.hosts ?? []).map((host, index) => ({ host, index }))
    return clashes
      .filter(({ host }) => isKnativeHost(hosts, host, metadata.namespace))
      .map(({ host, index }) =>
        at(
          one,
          `spec.hosts[${index}]`,
          `"${host}" is the host of a Knative Service: give the facade a name of its own`,
        ),
      )
  })
}

/** Knative makes a Service for each of these names and would fight over it. */
function facadeNames({ facades, hosts }: ManifestSet): Finding[] {
  return facades
    .filter(({ object: { metadata } }) => hosts.has(`${metadata.namespace}/${metadata.name}`))
    .map(one =>
      at(
        one,
        'metadata.name',
        `Service "${one.object.metadata.name}" has the name of a Knative Service or of one of its tags`,
      ),
    )
}

/** `tag-service` is one DNS label. */
function longTagHosts({ services }: ManifestSet): Finding[] {
  return services.flatMap(one =>
    hostNames(one.object)
      .filter(name => name.length > longestLabel)
      .map(name =>
        at(one, 'spec.traffic', `"${name}" has ${name.length} characters: a host label has at most ${longestLabel}`),
      ),
  )
}

/** A probe of `/` runs the function, and everything it calls, every few seconds. */
function probesOfTheRoot({ services }: ManifestSet): Finding[] {
  return services.flatMap(one => {
    const containers = (one.object as KnativeService).spec?.template?.spec?.containers ?? []
    return containers.flatMap((container, index) =>
      (['readinessProbe', 'livenessProbe', 'startupProbe'] as const)
        .filter(name => container[name]?.httpGet && (container[name].httpGet.path ?? '/') === '/')
        .map(name =>
          at(one, `spec.template.spec.containers[${index}].${name}`, `${name} asks for /: let it ask for /healthz`),
        ),
    )
  })
}

/** As Istio reads a host: a short name is completed with the namespace of the object it stands in. */
function isKnativeHost(hosts: ManifestSet['hosts'], host: string, namespace = 'default'): boolean {
  const [name = '', in_ = namespace, ...rest] = host.split('.')
  return ['', 'svc', 'svc.cluster.local'].includes(rest.join('.')) && hosts.has(`${in_}/${name}`)
}

function at(manifest: Manifest, path: string, message: string): Finding {
  return { file: manifest.file, line: manifest.locate(path).line, message }
}
