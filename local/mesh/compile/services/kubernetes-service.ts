// A Kubernetes Service as the mesh knows it.
import type { CoreService, Endpoints } from '../../../api/core/types.ts'
import type { Workload } from '../mesh-objects.ts'
import type { MeshService } from '../service-registry.ts'
import { resolveHost } from '../virtual-service/names.ts'
import { servicePortProtocol } from './protocol.ts'
import { serviceEndpoints } from './service-endpoints.ts'

const exportToAnnotation = 'networking.istio.io/exportTo'

/** An ExternalName is another name of its target and has no endpoints of its own. UDP ports are no matter of the mesh. */
export function compileKubernetesService(
  service: CoreService,
  workloads: readonly Workload[],
  written: Endpoints | undefined,
): MeshService {
  const { name, namespace = '', creationTimestamp = '', annotations } = service.metadata
  const { type, externalName, ports = [] } = service.spec ?? {}
  const aliasOf = type === 'ExternalName' ? externalName?.toLowerCase().replace(/\.$/, '') : undefined
  return {
    host: resolveHost(name, namespace),
    namespace,
    name,
    origin: 'Service',
    createdAt: creationTimestamp,
    ports: ports
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map(port => ({
        number: port.port,
        name: port.name ?? '',
        protocol: servicePortProtocol(port),
        endpoints: aliasOf ? [] : serviceEndpoints(service, port, workloads, written),
      })),
    exportTo: (annotations?.[exportToAnnotation] ?? '').split(',').flatMap(entry => entry.trim() || []),
    resolution: service.spec?.clusterIP === 'None' ? 'none' : 'static',
    addresses: virtualAddresses(service),
    location: aliasOf ? 'external' : 'internal',
    aliasOf,
    subjectAltNames: [],
  }
}

/** Loopback is never captured, so a Service that shows it (the gateway's own) is not found by it. */
function virtualAddresses({ spec }: CoreService): readonly string[] {
  const address = spec?.clusterIP ?? ''
  return address === '' || address === 'None' || address.startsWith('127.') || address === '::1' ? [] : [address]
}
