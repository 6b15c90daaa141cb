// What a captured caller sees of the mesh: the egress part of the Sidecar that holds for it.
import type { IstioEgressListener, Sidecar } from '../../../api/istio/types.ts'
import type { OutboundPolicy } from '../../table/mesh-table.ts'
import type { MeshService, ServiceRegistry } from '../service-registry.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { type EgressHosts, parseEgressHosts } from './egress-hosts.ts'
import { reachedByRoutes } from './inferred-services.ts'

export interface EgressScope {
  /** Of the callers it holds for. */
  namespace: string
  /** `ns/name` of the Sidecar; empty without one. */
  sidecar: string
  outboundPolicy: OutboundPolicy
  /** What a caller meets at a port: the listener of that port, else the one without a port. */
  listener(port: number): EgressListener | undefined
  /** Every service that some listener brings, and the destinations of the routes it brings; one a host. */
  services: ReadonlyMap<string, MeshService>
}

export interface EgressListener {
  /** Undefined is every port that no other listener has. */
  port: number | undefined
  /** One a host, in the registry's order. */
  services: readonly MeshService[]
  /** Whether routes of a VirtualService count here; that it is exported to the caller is asked elsewhere. */
  imports(rules: Pick<BoundVirtualService, 'namespace' | 'hosts'>): boolean
}

export interface ScopeInput {
  registry: ServiceRegistry
  virtualServices: readonly BoundVirtualService[]
  /** MeshConfig's. */
  outboundPolicy: OutboundPolicy
}

/** Without a Sidecar, or without `egress` in it, a caller sees all that is exported to its namespace. */
export function compileEgressScope(namespace: string, sidecar: Sidecar | undefined, input: ScopeInput): EgressScope {
  const visible = input.registry.visible(namespace)
  const listeners = listenersOf(sidecar).map(listener => compileListener(listener, namespace, visible))
  const services = new Map<string, MeshService>()
  for (const listener of listeners) {
    for (const service of listener.services) keepBest(services, service)
    for (const service of reachedByRoutes(listener, namespace, input)) {
      if (!services.has(service.host)) services.set(service.host, service)
    }
  }
  return {
    namespace,
    sidecar: sidecar ? `${sidecar.metadata.namespace}/${sidecar.metadata.name}` : '',
    outboundPolicy: outboundPolicyOf(sidecar) ?? input.outboundPolicy,
    listener: port => listeners.find(one => one.port === undefined || one.port === port),
    services,
  }
}

const everything: IstioEgressListener = { hosts: ['*/*'] }

function listenersOf(sidecar: Sidecar | undefined): readonly IstioEgressListener[] {
  const egress = sidecar?.spec.egress ?? []
  return egress.length > 0 ? egress : [everything]
}

/** A policy that is there and names no mode is REGISTRY_ONLY, its first value. */
function outboundPolicyOf(sidecar: Sidecar | undefined): OutboundPolicy | undefined {
  const policy = sidecar?.spec.outboundTrafficPolicy
  return policy && (policy.mode ?? 'REGISTRY_ONLY')
}

function compileListener(
  { port, hosts }: IstioEgressListener,
  namespace: string,
  visible: readonly MeshService[],
): EgressListener {
  const number = port?.protocol?.toUpperCase() === 'HTTP_PROXY' ? undefined : port?.number || undefined
  const wanted = parseEgressHosts(hosts, namespace)
  return {
    port: port?.number || undefined,
    services: oneAHost(importedServices(visible, wanted, number), namespace),
    imports: rules => wanted.importsRoutes(rules),
  }
}

/** A listener of a port brings that port of a service alone. */
function importedServices(
  visible: readonly MeshService[],
  wanted: EgressHosts,
  port: number | undefined,
): readonly MeshService[] {
  return visible
    .filter(service => wanted.imports(service))
    .flatMap(service => {
      if (port === undefined || (service.ports.length === 1 && service.ports[0]?.number === port)) return service
      const ports = service.ports.filter(({ number }) => number === port)
      return ports.length > 0 ? { ...service, ports } : []
    })
}

/** Of one host in several namespaces, the caller's own, else the first. Kubernetes' comes before a ServiceEntry's. */
function oneAHost(services: readonly MeshService[], namespace: string): readonly MeshService[] {
  const chosen = new Map<string, MeshService>()
  for (const service of services) {
    const other = chosen.get(service.host)
    if (!other || (service.namespace === namespace && other.namespace !== namespace)) chosen.set(service.host, service)
    else if (other.namespace !== namespace) keepBest(chosen, service)
  }
  return [...chosen.values()]
}

function keepBest(services: Map<string, MeshService>, service: MeshService): void {
  const other = services.get(service.host)
  if (!other || (other.origin === 'ServiceEntry' && service.origin === 'Service')) services.set(service.host, service)
  else if (other.namespace === service.namespace) services.set(service.host, withPortsOf(other, service))
}

/** Two listeners may bring different ports of one service. */
function withPortsOf(first: MeshService, other: MeshService): MeshService {
  const missing = other.ports.filter(port => !first.ports.some(({ number }) => number === port.number))
  return missing.length > 0 ? { ...first, ports: [...first.ports, ...missing] } : first
}
