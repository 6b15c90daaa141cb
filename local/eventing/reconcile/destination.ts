// From a destination (a reference, a URI, or both) to the URL that events are sent to.
import type { Destination } from '../../api/eventing/types.ts'
import type { Addressable } from '../../api/serving/types.ts'
import { groupOf, type KubeObject, type ObjectReference } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

export type Resolved = { url: string } | { error: string }

type AddressableObject = KubeObject & { status?: { address?: Addressable } }

/** The URL of a destination; or the sentence Knative's resolver says why there is none. */
export function resolveDestination(store: ObjectStore, destination: Destination, namespace: string): Resolved {
  const { ref, uri } = destination
  if (!ref)
    return uri && URL.canParse(uri) ? { url: uri } : { error: 'destination missing Ref and URI, expected at least one' }
  const base = resolveReference(store, ref, ref.namespace ?? namespace)
  if ('error' in base || !uri) return base
  return relativeTo(base.url, uri)
}

/** True when `object` is the one that `destination` refers to. */
export function refersTo(destination: Destination | undefined, namespace: string, object: KubeObject): boolean {
  const ref = destination?.ref
  if (!ref || ref.kind !== object.kind || ref.name !== object.metadata.name) return false
  const sameGroup = groupOf(ref.apiVersion ?? 'v1') === groupOf(object.apiVersion)
  return sameGroup && (ref.namespace ?? namespace) === object.metadata.namespace
}

function resolveReference(store: ObjectStore, ref: ObjectReference, namespace: string): Resolved {
  const group = groupOf(ref.apiVersion ?? 'v1')
  const found = store.get<AddressableObject>({ group, kind: ref.kind }, namespace, ref.name)
  if (!found) {
    const resource = `${resourceOf(ref.kind)}${group ? `.${group}` : ''}`
    return { error: `failed to get object ${namespace}/${ref.name}: ${resource} "${ref.name}" not found` }
  }
  // A Kubernetes Service is addressable by its name alone.
  if (group === '' && ref.kind === 'Service') return { url: `http://${ref.name}.${namespace}.svc.cluster.local` }
  const url = found.status?.address?.url
  if (url) return { url }
  return { error: `address not set for ${described(ref, namespace)}` }
}

// As knative.dev/pkg prints a reference (apis/duck/v1/knative_reference.go).
const described = ({ kind, name, apiVersion = 'v1' }: ObjectReference, namespace: string) =>
  `Kind = ${kind}, Namespace = ${namespace}, Name = ${name}, APIVersion = ${apiVersion}, Group = , Address = `

/** As Kubernetes guesses a resource from its kind (meta.UnsafeGuessKindToResource). */
export function resourceOf(kind: string): string {
  const singular = kind.toLowerCase()
  if (singular.endsWith('s')) return `${singular}es`
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`
}

// Go's url.ResolveReference, as duck.Resolver uses it: an absolute path replaces the base's, a query comes along.
function relativeTo(base: string, uri: string): Resolved {
  const path = uri.startsWith('/') || base.endsWith('/') ? uri : `/${uri}`
  if (!URL.canParse(path, base)) return { error: `${uri} is no path relative to ${base}` }
  return { url: new URL(path, base).href }
}

/** The address at which a broker takes events. */
export function brokerUrl(namespace: string, name: string): string {
  return `http://${brokerIngressHost}/${namespace}/${name}`
}

export const brokerIngressHost = 'broker-ingress.knative-eventing.svc.cluster.local'
