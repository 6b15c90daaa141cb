// All services of the mesh's objects; what did not change stays the same object.
import { isDeepStrictEqual } from 'node:util'
import type { CoreService, Endpoints } from '../../../api/core/types.ts'
import type { ServiceEntry } from '../../../api/istio/types.ts'
import { createMemo } from '../carry-over.ts'
import type { MeshObjects, Workload } from '../mesh-objects.ts'
import type { MeshService } from '../service-registry.ts'
import { compileKubernetesService } from './kubernetes-service.ts'
import { createEndpointResolver } from './named-endpoints.ts'
import { compileServiceEntry } from './service-entry.ts'

export type ServiceCompiler = (objects: MeshObjects) => readonly MeshService[]

/** Remembers services by the objects they come from. Only those with a selector depend on what runs. */
export function createServiceCompiler(): ServiceCompiler {
  const services = createMemo<CoreService, MeshService>()
  const entries = createMemo<ServiceEntry, readonly MeshService[]>()
  const withNamesResolved = createEndpointResolver()
  return objects => {
    const written = new Map(objects.endpoints?.map(one => [fullName(one), one]))
    const compileOne = (service: CoreService) => {
      const endpoints = written.get(fullName(service))
      const workloads = service.spec?.selector ? objects.workloads : noWorkloads
      return services.get(service, [endpoints, workloads], old =>
        keepEqual(old, compileKubernetesService(service, workloads, endpoints)),
      )
    }
    const compileEntry = (entry: ServiceEntry) => {
      const workloads = entry.spec.workloadSelector ? objects.workloads : noWorkloads
      return entries.get(entry, [workloads], old => keepEqual(old, compileServiceEntry(entry, workloads)))
    }
    return withNamesResolved([...objects.services.map(compileOne), ...objects.serviceEntries.flatMap(compileEntry)])
  }
}

const noWorkloads: readonly Workload[] = []

function fullName({ metadata }: CoreService | Endpoints): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

/** Workloads come and go far more often than what a selector finds of them changes. */
function keepEqual<T>(old: T | undefined, made: T): T {
  return old !== undefined && isDeepStrictEqual(old, made) ? old : made
}
