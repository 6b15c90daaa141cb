// Finds the host behind a DomainMapping's reference: a Service or Route of Knative, or a Kubernetes Service.
import { core } from '../../api/core/types.ts'
import { type DomainMapping, type Route, serving } from '../../api/serving/types.ts'
import { type GroupKind, groupOf, type KubeObject, type ObjectReference } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { notFound } from '../../kernel/refusals.ts'

/** The host to go on under and the Kubernetes Service of that name, or the sentence of what is wrong. */
export type Target = { host: string; serviceName: string } | { problem: string }

const suffix = '.svc.cluster.local'

/** Resolves `spec.ref`; what it points to must be in the mapping's own namespace and have no path. */
export function resolveReference(store: ObjectStore, mapping: DomainMapping): Target {
  const { ref } = mapping.spec
  const namespace = ref.namespace ?? mapping.metadata.namespace ?? ''
  const kind = { group: groupOf(ref.apiVersion ?? ''), kind: ref.kind }
  const found = store.get(kind, namespace, ref.name)
  if (!found) {
    const { message } = notFound({ ...kind, namespace, name: ref.name })
    return { problem: `failed to get object ${namespace}/${ref.name}: ${message}` }
  }
  const url = urlOfObject(found, kind, namespace)
  return url ? targetOf(url, mapping.metadata.namespace ?? '') : { problem: addressNotSet(ref, namespace) }
}

function urlOfObject(object: KubeObject, { group, kind }: GroupKind, namespace: string): string | undefined {
  if (group === core.service.group && kind === core.service.kind)
    return `http://${object.metadata.name}.${namespace}${suffix}`
  return group === serving.route.group ? (object as Route).status?.address?.url : undefined
}

function targetOf(url: string, namespace: string): Target {
  const { hostname, pathname } = new URL(url)
  if (pathname !== '/') return { problem: `resolved URI "${url}" contains a path` }
  const parts = hostname.endsWith(suffix) ? hostname.slice(0, -suffix.length).split('.') : []
  const [serviceName, itsNamespace] = parts
  if (!serviceName || parts.length !== 2) {
    return { problem: `resolved URI "${url}" must be of the form {name}.{namespace}${suffix}` }
  }
  if (itsNamespace !== namespace) return { problem: `resolved URI "${url}" must be in same namespace as DomainMapping` }
  return { host: hostname, serviceName }
}

function addressNotSet({ apiVersion, kind, name }: ObjectReference, namespace: string): string {
  return `address not set for Kind = ${kind}, Namespace = ${namespace}, Name = ${name}, APIVersion = ${apiVersion}`
}
