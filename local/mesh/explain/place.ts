// Where the objects behind rules and policies were written.
import type { Route, RouteOrigin } from '../table/route.ts'
import type { Place } from './explanation.d.ts'
import type { Written } from './step.ts'

export function placeOfRoute({ name, origin }: Route, manifests: readonly Written[]): Place {
  if (origin.kind === '') return { name, object: 'the service itself' }
  const { namespace, path } = origin
  return placeOf({ ...origin, object: `${origin.kind} ${namespace}/${origin.name} ${path}`.trim() }, name, manifests)
}

/** A policy, or a rule without a name of its own, and the field of it that says so. */
export function placeOfOrigin(origin: RouteOrigin, manifests: readonly Written[]): Place {
  const { kind, namespace, name, path } = origin
  return placeOf({ ...origin, object: `${kind} ${namespace}/${name} ${path}`.trim() }, '', manifests)
}

function placeOf(origin: RouteOrigin & { object: string }, name: string, manifests: readonly Written[]): Place {
  const at = locate(origin, manifests)
  return { name, object: origin.object, ...(at !== undefined && { at }) }
}

/** What Knative makes of a Service or a DomainMapping is placed at what the user wrote: its traffic, or its target. */
function locate({ kind, namespace, name, path }: RouteOrigin, manifests: readonly Written[]): string | undefined {
  const knative = kind === 'Ingress'
  const found = manifests.findLast(
    ({ object }) =>
      object.metadata.name === name &&
      (object.metadata.namespace ?? 'default') === namespace &&
      (knative ? object.apiVersion.startsWith('serving.knative.dev/') : object.kind === kind),
  )
  if (!found) return undefined
  const field = found.object.kind === 'DomainMapping' ? 'spec.ref' : 'spec.traffic'
  return `${found.file}:${found.locate(knative ? field : path).line}`
}
