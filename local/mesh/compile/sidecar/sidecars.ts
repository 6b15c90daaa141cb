// Which Sidecar holds for a caller.
import type { Sidecar } from '../../../api/istio/types.ts'
import type { Caller } from '../destination-rule/rules.ts'
import { olderFirst } from '../virtual-service/order.ts'

/**
 * The oldest one of its namespace that selects it, else the oldest without a selector there, else the one of the root
 * namespace without a selector, which is everybody's default.
 */
export function sidecarFor(caller: Caller, sidecars: readonly Sidecar[], rootNamespace: string): Sidecar | undefined {
  const inOrder = sidecars.toSorted(olderFirst)
  const own = inOrder.filter(({ metadata }) => metadata.namespace === caller.namespace)
  const selectsAll = ({ spec }: Sidecar) => spec.workloadSelector === undefined
  return (
    own.find(sidecar => !selectsAll(sidecar) && selects(sidecar, caller)) ??
    own.find(selectsAll) ??
    inOrder.find(sidecar => sidecar.metadata.namespace === rootNamespace && selectsAll(sidecar))
  )
}

function selects({ spec }: Sidecar, { labels }: Caller): boolean {
  return Object.entries(spec.workloadSelector?.labels ?? {}).every(([name, value]) => labels[name] === value)
}
