// All services of the mesh, and which of them a namespace sees.
import type { MeshService, MeshServicePort, ServiceRegistry } from '../service-registry.ts'
import { isExportedTo } from '../virtual-service/names.ts'

/** Where several services have one host, the mesh decides as Istio does: see `betterOf`. */
export function createRegistry(services: readonly MeshService[]): ServiceRegistry {
  const merged = mergeSameHost(services.toSorted(olderFirst))
  const byHost = Map.groupBy(merged, service => service.host)
  const byNamespace = new Map<string, readonly MeshService[]>()
  const visible = (namespace: string) => {
    const known = byNamespace.get(namespace)
    if (known) return known
    const seen = privateFirst(merged.filter(service => isVisible(service, namespace)))
    byNamespace.set(namespace, seen)
    return seen
  }
  return {
    find(host, namespace) {
      const candidates = (byHost.get(host) ?? []).filter(service => isVisible(service, namespace))
      return candidates.reduce<MeshService | undefined>((best, one) => betterOf(best, one, namespace), undefined)
    },
    visible,
  }
}

const isVisible = (service: MeshService, namespace: string) =>
  isExportedTo(service.exportTo, service.namespace, namespace)

/** The namespace's own service wins, then Kubernetes' over a ServiceEntry's (nobody squats on a name), then the older. */
export function betterOf(best: MeshService | undefined, other: MeshService, namespace: string): MeshService {
  if (!best) return other
  if ((best.namespace === namespace) !== (other.namespace === namespace)) {
    return best.namespace === namespace ? best : other
  }
  return best.origin === 'ServiceEntry' && other.origin === 'Service' ? other : best
}

export function olderFirst(a: MeshService, b: MeshService): number {
  return compare(a.createdAt, b.createdAt) || compare(a.name, b.name) || compare(a.namespace, b.namespace)
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** What is exported by name to few stands before what is everybody's. */
function privateFirst(services: readonly MeshService[]): readonly MeshService[] {
  const isPublic = ({ exportTo }: MeshService) => exportTo.length === 0 || exportTo.includes('*')
  return [...services.filter(service => !isPublic(service)), ...services.filter(isPublic)]
}

/** In one namespace, ServiceEntries of one host are one service; a Kubernetes Service stands alone and hides them. */
function mergeSameHost(services: readonly MeshService[]): readonly MeshService[] {
  const groups = Map.groupBy(services, service => `${service.namespace}/${service.host}`)
  return Array.from(groups.values(), group => {
    const [first, ...others] = group
    if (!first || others.length === 0) return group
    const kubernetes = group.find(service => service.origin === 'Service')
    return [kubernetes ?? others.reduce(mergeEntries, first)]
  }).flat()
}

function mergeEntries(first: MeshService, other: MeshService): MeshService {
  if (first.resolution !== other.resolution) return first
  const ports = new Map(first.ports.map(port => [port.number, port]))
  for (const port of other.ports) ports.set(port.number, mergePorts(ports.get(port.number), port))
  return { ...first, ports: [...ports.values()], addresses: [...new Set([...first.addresses, ...other.addresses])] }
}

function mergePorts(first: MeshServicePort | undefined, other: MeshServicePort): MeshServicePort {
  return first ? { ...first, endpoints: [...first.endpoints, ...other.endpoints] } : other
}
