// Hosts of DomainMappings, with a path worth trying: what a person calls first.
import type { DomainMapping } from '../api/serving/types.ts'
import type { ApiClient } from './api-client.ts'
import type { MappedHost } from './overview.ts'

/** Annotation on a DomainMapping: a path at which its service answers something to look at. */
const pathAnnotation = 'skiff.dev/try'

/** Every Ready DomainMapping; none when the API does not serve the kind. */
export async function mappedHosts(api: ApiClient): Promise<MappedHost[]> {
  const list = await api
    .request<{ items: DomainMapping[] }>('GET', '/apis/serving.knative.dev/v1beta1/domainmappings')
    .catch(() => ({ items: [] }))
  return list.items.map(({ metadata, spec }) => ({
    host: metadata.name,
    service: `${metadata.namespace}/${spec.ref.name}`,
    path: metadata.annotations?.[pathAnnotation] ?? '/',
  }))
}
