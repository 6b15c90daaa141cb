// Paths of the Kubernetes API for kinds and objects, and the names people and tools give them.
import type { Kind } from '../../api/kind.ts'
import type { KubeObject } from '../../kernel/object.ts'

/** `/apis/serving.knative.dev/v1/namespaces/default/services`; all namespaces when none is given. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const version = kind.versions[0] ?? 'v1'
  const root = kind.group === '' ? `/api/${version}` : `/apis/${kind.group}/${version}`
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${kind.plural}`
}

/** The path of one object. */
export function objectPath(kind: Kind, namespace: string, name: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
}

/** `service.serving.knative.dev/hello`, as kubectl names what it did something to. */
export function qualifiedName(kind: Kind, name: string): string {
  return `${kind.singular}${kind.group === '' ? '' : `.${kind.group}`}/${name}`
}

/** The namespace an object of a manifest goes to. */
export function namespaceOf(kind: Kind, object: KubeObject): string {
  return kind.namespaced ? (object.metadata.namespace ?? 'default') : ''
}
