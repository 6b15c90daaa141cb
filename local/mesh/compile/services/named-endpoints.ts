// Endpoints of a DNS ServiceEntry that are names of the cluster's own Services: they lead to what answers there.
import type { ClusterEndpoint } from '../../table/cluster.ts'
import { createMemo } from '../carry-over.ts'
import type { MeshService } from '../service-registry.ts'

type Services = ReadonlyMap<string, MeshService>

/** A proxy resolves such a name by the cluster's DNS, which knows every Service, whoever it is exported to. */
export function createEndpointResolver(): (services: readonly MeshService[]) => readonly MeshService[] {
  const resolved = createMemo<MeshService, MeshService>()
  return services => {
    const byHost = new Map(services.filter(one => one.origin === 'Service').map(one => [one.host, one]))
    return services.map(service => {
      if (service.resolution !== 'dns') return service
      const found = service.ports.flatMap(port => port.endpoints.map(endpoint => behind(endpoint, byHost)))
      return found.some(Boolean) ? resolved.get(service, found, () => withResolved(service, byHost)) : service
    })
  }
}

function withResolved(service: MeshService, byHost: Services): MeshService {
  const ports = service.ports.map(port => ({
    ...port,
    endpoints: port.endpoints.flatMap(endpoint => standIns(endpoint, byHost)),
  }))
  return { ...service, ports }
}

/** What was written of an endpoint (labels for subsets, weight, locality) holds for whatever its name stands for. */
function standIns(endpoint: ClusterEndpoint, byHost: Services): readonly ClusterEndpoint[] {
  const { labels, weight, locality } = endpoint
  return behind(endpoint, byHost)?.map(one => ({ ...one, labels, weight, locality })) ?? [endpoint]
}

/** Undefined for a name that DNS outside the cluster knows, and for a port where the Service has nobody listening. */
function behind(endpoint: ClusterEndpoint, byHost: Services): readonly ClusterEndpoint[] | undefined {
  if (endpoint.kind !== 'address') return undefined
  const host = endpoint.host.toLowerCase().replace(/\.$/, '')
  return canonical(byHost.get(host), byHost)?.ports.find(({ number }) => number === endpoint.port)?.endpoints
}

const longestChain = 8

/** Follows ExternalNames, whose ports mean nothing; a chain without end leads nowhere. */
function canonical(service: MeshService | undefined, byHost: Services): MeshService | undefined {
  let found = service
  for (let step = 0; found?.aliasOf !== undefined; step++) {
    if (step === longestChain) return undefined
    found = byHost.get(found.aliasOf)
  }
  return found
}
