// Hosts of a ServiceEntry as the mesh knows them.
import type { ServiceEntry, WorkloadEntrySpec } from '../../../api/istio/types.ts'
import type { ClusterEndpoint } from '../../table/cluster.ts'
import type { Workload } from '../mesh-objects.ts'
import type { MeshService, MeshServicePort } from '../service-registry.ts'
import { serviceEntryProtocol } from './protocol.ts'
import { selectedRevisions } from './service-endpoints.ts'

type EntryPort = NonNullable<ServiceEntry['spec']['ports']>[number]

const resolutions = { NONE: 'none', STATIC: 'static', DNS: 'dns', DNS_ROUND_ROBIN: 'dns', DYNAMIC_DNS: 'dns' } as const

/** One service a host. */
export function compileServiceEntry(entry: ServiceEntry, workloads: readonly Workload[]): readonly MeshService[] {
  const { namespace = '', name, creationTimestamp = '' } = entry.metadata
  const { spec } = entry
  return spec.hosts.map(written => {
    const host = written.toLowerCase()
    return {
      host,
      namespace,
      name,
      origin: 'ServiceEntry',
      createdAt: creationTimestamp,
      ports: (spec.ports ?? []).map(port => compilePort(entry, host, port, workloads)),
      exportTo: spec.exportTo ?? [],
      resolution: resolutions[spec.resolution ?? 'NONE'],
      addresses: (spec.addresses ?? []).map(address => address.replace(/\/(32|128)$/, '')),
      location: spec.location === 'MESH_INTERNAL' ? 'internal' : 'external',
      aliasOf: undefined,
      subjectAltNames: spec.subjectAltNames ?? [],
    }
  })
}

function compilePort(
  entry: ServiceEntry,
  host: string,
  port: EntryPort,
  workloads: readonly Workload[],
): MeshServicePort {
  const { number, name, protocol } = port
  const endpoints = portEndpoints(entry, host, port, workloads)
  return { number, name, protocol: serviceEntryProtocol(protocol), endpoints }
}

function portEndpoints(
  { metadata, spec }: ServiceEntry,
  host: string,
  port: EntryPort,
  workloads: readonly Workload[],
): readonly ClusterEndpoint[] {
  if (spec.workloadSelector) {
    return selectedRevisions(workloads, metadata.namespace ?? '', spec.workloadSelector.labels ?? {})
  }
  if (spec.endpoints?.length) return spec.endpoints.flatMap(endpoint => entryEndpoint(endpoint, port) ?? [])
  // By DNS and without endpoints, the host is its own; a wildcard is no name to look up.
  const byName = spec.resolution === 'DNS' || spec.resolution === 'DNS_ROUND_ROBIN'
  if (!byName || host.startsWith('*')) return []
  return [{ kind: 'address', host, port: port.targetPort || port.number, labels: {}, weight: 1, locality: '' }]
}

/** The endpoint's own port comes before the service's targetPort; one with a network and no address is out of reach. */
function entryEndpoint(endpoint: WorkloadEntrySpec, port: EntryPort): ClusterEndpoint | undefined {
  const { address, ports, labels = {}, weight, locality = '' } = endpoint
  if (!address) return undefined
  const number = ports?.[port.name] || port.targetPort || port.number
  const common = { kind: 'address', labels, weight: weight || 1, locality } as const
  if (address.startsWith('unix://')) return { ...common, host: '', port: 0, path: address.slice('unix://'.length) }
  return { ...common, host: address, port: number }
}
