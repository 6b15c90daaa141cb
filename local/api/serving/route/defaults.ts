// What the webhook fills into traffic.
import type { KubeObject } from '../../../kernel/object.ts'
import type { AdmissionContext } from '../../kind.ts'
import type { Route, TrafficTarget } from '../types.ts'
import { setUserInfo } from '../user-info.ts'

export function setRouteDefaults(object: KubeObject, context: AdmissionContext): void {
  const route = object as Partial<Route> & KubeObject
  route.spec ??= {}
  for (const target of route.spec.traffic ?? []) defaultTarget(target)
  if (!route.metadata.ownerReferences) setUserInfo(route, context)
}

/** A target without a revision follows the latest one; a share that is not named is 0. */
export function defaultTarget(target: TrafficTarget): void {
  target.latestRevision ??= !target.revisionName
  target.percent ??= 0
}
