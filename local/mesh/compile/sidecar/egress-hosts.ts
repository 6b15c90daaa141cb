// `hosts` of a Sidecar's egress listener: `namespace/host` entries, and what they bring in.
import type { MeshService } from '../service-registry.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import { coversHost, hostsOverlap, isWildcard } from '../virtual-service/names.ts'

export interface EgressHosts {
  imports(service: MeshService): boolean
  importsRoutes(rules: Pick<BoundVirtualService, 'namespace' | 'hosts'>): boolean
}

interface Entry {
  /** `*` is every namespace. */
  namespace: string
  host: string
}

/** `.` is the caller's own namespace; `~` none at all. */
export function parseEgressHosts(hosts: readonly string[], own: string): EgressHosts {
  const entries = hosts.flatMap(text => parseEntry(text, own) ?? [])
  const inNamespace = (namespace: string) =>
    entries.filter(entry => entry.namespace === '*' || entry.namespace === namespace)
  return {
    imports: service => inNamespace(service.namespace).some(({ host }) => coversHost(host, service.host)),
    importsRoutes: ({ namespace, hosts: named }) =>
      inNamespace(namespace).some(({ host }) => named.some(name => meetsRoute(host, name))),
  }
}

function parseEntry(text: string, own: string): Entry | undefined {
  const [namespace = '', host] = text.split('/')
  if (host === undefined || namespace === '~') return undefined
  return { namespace: namespace === '.' ? own : namespace, host: host.toLowerCase() }
}

/** A VirtualService for a wildcard also comes in by a host that its wildcard covers. */
function meetsRoute(entry: string, host: string): boolean {
  return isWildcard(entry) || isWildcard(host) ? hostsOverlap(entry, host) : entry === host
}
