// Several DestinationRules for one host become one.
import type { DestinationRule, Subset } from '../../../api/istio/types.ts'

/** `rules` are all, the oldest first: the first traffic policy stands, and the first subset of each name. */
export function mergeRules(oldest: DestinationRule, rules: readonly DestinationRule[]): DestinationRule {
  const trafficPolicy = rules.find(rule => rule.spec.trafficPolicy)?.spec.trafficPolicy
  const subsets = new Map<string, Subset>()
  for (const subset of rules.flatMap(rule => rule.spec.subsets ?? [])) {
    if (!subsets.has(subset.name)) subsets.set(subset.name, subset)
  }
  return {
    ...oldest,
    spec: { ...oldest.spec, ...(trafficPolicy && { trafficPolicy }), subsets: [...subsets.values()] },
  }
}
