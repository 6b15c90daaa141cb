// The objects of a project by kind, and the questions rules ask of them: who is called what, and what exists.
import type { CoreService } from '../api/core/types.ts'
import type { Broker, Trigger } from '../api/eventing/types.ts'
import type {
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  HttpRoute,
  PeerAuthentication,
  ServiceEntry,
  Sidecar,
  VirtualService,
} from '../api/istio/types.ts'
import type { Service as KnativeService } from '../api/serving/types.ts'
import type { SinkBinding } from '../api/sources/types.ts'
import type { KubeObject } from '../kernel/object.ts'
import type { Located } from './finding.ts'

export const localGateway = 'knative-local-gateway.istio-system.svc.cluster.local'

/** Annotations of a revision's template. */
export const minScale = 'autoscaling.knative.dev/min-scale'
export const autoscalerClass = 'autoscaling.knative.dev/class'

/** Services and Gateways that Knative and Istio bring along. */
const systemHosts = [localGateway, 'istio-ingressgateway.istio-system.svc.cluster.local']
const brokerHost = 'broker-ingress.knative-eventing.svc.cluster.local'
export const systemGateways = ['knative-serving/knative-ingress-gateway', 'knative-serving/knative-local-gateway']

/** What a name of the cluster stands for. */
export type HostOwner =
  | { kind: 'knative'; service: Located<KnativeService>; tag: string | undefined }
  | { kind: 'revision'; name: string; namespace: string }
  | { kind: 'service'; service: Located<CoreService> }
  | { kind: 'entry'; entry: Located<ServiceEntry> }
  | { kind: 'system' }

export interface ManifestSet {
  all: readonly Located[]
  virtualServices: readonly Located<VirtualService>[]
  destinationRules: readonly Located<DestinationRule>[]
  gateways: readonly Located<Gateway>[]
  serviceEntries: readonly Located<ServiceEntry>[]
  sidecars: readonly Located<Sidecar>[]
  authorizationPolicies: readonly Located<AuthorizationPolicy>[]
  peerAuthentications: readonly Located<PeerAuthentication>[]
  services: readonly Located<CoreService>[]
  knativeServices: readonly Located<KnativeService>[]
  domainMappings: readonly Located[]
  domainClaims: readonly Located[]
  brokers: readonly Located<Broker>[]
  triggers: readonly Located<Trigger>[]
  sinkBindings: readonly Located<SinkBinding>[]
  inMemoryChannels: readonly Located[]
  namespaces: readonly Located[]
  configMaps: readonly Located<KubeObject & { data?: Record<string, string> }>[]
  /** The owner of a full host; undefined when nothing in the set is called that. */
  owner(host: string): HostOwner | undefined
}

export function manifestSet(all: readonly Located[]): ManifestSet {
  const of = <T extends KubeObject>(group: string, kind: string) =>
    all.filter(({ object }) => object.kind === kind && groupOf(object) === group) as Located<T>[]
  const services = of<CoreService>('', 'Service')
  const knativeServices = of<KnativeService>('serving.knative.dev', 'Service')
  const serviceEntries = of<ServiceEntry>('networking.istio.io', 'ServiceEntry')
  const owners = new Map<string, HostOwner>([
    ...[...systemHosts, brokerHost].map((host): [string, HostOwner] => [host, { kind: 'system' }]),
    ...serviceEntries.flatMap(entry => entryHosts(entry)),
    ...services.map((service): [string, HostOwner] => [hostOf(service.object), { kind: 'service', service }]),
    ...knativeServices.flatMap(service => knativeHosts(service)),
  ])
  return {
    all,
    virtualServices: of('networking.istio.io', 'VirtualService'),
    destinationRules: of('networking.istio.io', 'DestinationRule'),
    gateways: of('networking.istio.io', 'Gateway'),
    serviceEntries,
    sidecars: of('networking.istio.io', 'Sidecar'),
    authorizationPolicies: of('security.istio.io', 'AuthorizationPolicy'),
    peerAuthentications: of('security.istio.io', 'PeerAuthentication'),
    services,
    knativeServices,
    domainMappings: of('serving.knative.dev', 'DomainMapping'),
    domainClaims: of('networking.internal.knative.dev', 'ClusterDomainClaim'),
    brokers: of('eventing.knative.dev', 'Broker'),
    triggers: of('eventing.knative.dev', 'Trigger'),
    sinkBindings: of('sources.knative.dev', 'SinkBinding'),
    inMemoryChannels: of('messaging.knative.dev', 'InMemoryChannel'),
    namespaces: of('', 'Namespace'),
    configMaps: of('', 'ConfigMap'),
    owner: host => owners.get(host) ?? wildcardOwner(owners, host),
  }
}

export const namespaceOf = ({ metadata }: KubeObject) => metadata.namespace ?? 'default'

/** Documents of one object: the later one takes the place of the earlier. */
export function isSame(a: Located, b: Located): boolean {
  return a.object.metadata.name === b.object.metadata.name && namespaceOf(a.object) === namespaceOf(b.object)
}

/** Names two objects that were told about together. */
export const pairOf = (a: Located, b: Located) => `${a.file}:${a.locate('').line} ${b.file}:${b.locate('').line}`

/** As Istio reads a host in a rule: a name without dots is of the rule's own namespace. */
export function fullHost(host: string, namespace: string): string {
  return host.includes('.') || host === '*'
    ? host.toLowerCase()
    : `${host.toLowerCase()}.${namespace}.svc.cluster.local`
}

/** The full form of `name.namespace` and `name.namespace.svc`; other hosts as they are. */
export function clusterHost(host: string): string {
  const short = /^([^.]+)\.([^.]+)(\.svc)?$/.exec(host.toLowerCase())
  return short ? `${short[1]}.${short[2]}.svc.cluster.local` : host.toLowerCase()
}

/** Every rule of every VirtualService, with its path. */
export function httpRules(set: ManifestSet): { owner: Located<VirtualService>; rule: HttpRoute; path: string }[] {
  return set.virtualServices.flatMap(owner =>
    (owner.object.spec.http ?? []).map((rule, index) => ({ owner, rule, path: `spec.http[${index}]` })),
  )
}

/** What one of Knative's ConfigMaps says among the files; undefined leaves it to Knative's default. */
export function settingOf({ configMaps }: ManifestSet, name: string, key: string): string | undefined {
  const found = configMaps.findLast(({ object }) => object.metadata.name === name)
  return found?.object.data?.[key]
}

const groupOf = ({ apiVersion }: KubeObject) => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

const hostOf = (object: KubeObject) => `${object.metadata.name}.${namespaceOf(object)}.svc.cluster.local`

function entryHosts(entry: Located<ServiceEntry>): [string, HostOwner][] {
  return entry.object.spec.hosts.map(host => [host.toLowerCase(), { kind: 'entry', entry }])
}

/** The service's own host, one for each tag, and those of the revisions the files name. */
function knativeHosts(service: Located<KnativeService>): [string, HostOwner][] {
  const { metadata, spec } = service.object
  const namespace = namespaceOf(service.object)
  const host = (name: string) => `${name}.${namespace}.svc.cluster.local`
  const traffic = spec?.traffic ?? []
  const revisions = [spec?.template?.metadata?.name, ...traffic.map(one => one.revisionName)]
  return [
    ...revisions.flatMap((name): [string, HostOwner][] =>
      name ? [[host(name), { kind: 'revision', name, namespace }]] : [],
    ),
    ...traffic.flatMap(({ tag }): [string, HostOwner][] =>
      tag ? [[host(`${tag}-${metadata.name}`), { kind: 'knative', service, tag }]] : [],
    ),
    [host(metadata.name), { kind: 'knative', service, tag: undefined }],
  ]
}

function wildcardOwner(owners: ReadonlyMap<string, HostOwner>, host: string): HostOwner | undefined {
  for (const [pattern, owner] of owners) {
    if (pattern.startsWith('*.') && host.endsWith(pattern.slice(1))) return owner
  }
  return undefined
}
