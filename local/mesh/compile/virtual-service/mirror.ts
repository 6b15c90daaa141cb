// `mirror` and `mirrors`: copies whose answers nobody reads.
import type { Destination, HttpRoute } from '../../../api/istio/types.ts'
import type { Mirror } from '../../table/route.ts'
import { resolveDestination } from './destination.ts'
import { percentOf } from './percentage.ts'
import type { RoutingPlace } from './place.ts'

/** Every request where no percentage is given; a percentage of 0 is no mirror. */
export function compileMirrors(rule: HttpRoute, place: RoutingPlace): Mirror[] {
  const mirrors: Mirror[] = []
  const add = (destination: Destination, percent: number) => {
    if (percent > 0) mirrors.push({ cluster: resolveDestination(place, destination).cluster, percent })
  }
  if (rule.mirror)
    add(rule.mirror, rule.mirrorPercentage ? percentOf(rule.mirrorPercentage) : (rule.mirrorPercent ?? 100))
  for (const { destination, percentage } of rule.mirrors ?? [])
    add(destination, percentage ? percentOf(percentage) : 100)
  return mirrors
}
