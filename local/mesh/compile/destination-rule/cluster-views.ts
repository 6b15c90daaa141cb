// The clusters a proxy has: those of the gateway, and those of each kind of captured caller.
import type { DestinationRule } from '../../../api/istio/types.ts'
import type { Cluster } from '../../table/cluster.ts'
import type { MeshService } from '../service-registry.ts'
import { type ClusterSetting, compileClusters } from './clusters.ts'
import type { Caller, DestinationRules } from './rules.ts'

export type ClusterCompiler = (service: MeshService, rule: DestinationRule | undefined) => readonly Cluster[]

/** Remembers clusters by service and rule: proxies that agree on both share them. */
export function createClusterCompiler(setting: ClusterSetting): ClusterCompiler {
  const known = new WeakMap<MeshService, WeakMap<object, readonly Cluster[]>>()
  return (service, rule) => {
    const byRule = known.get(service) ?? new WeakMap<object, readonly Cluster[]>()
    known.set(service, byRule)
    const found = byRule.get(rule ?? noRule)
    if (found) return found
    const made = compileClusters(service, rule, setting)
    byRule.set(rule ?? noRule, made)
    return made
  }
}

const noRule = {}

/** By name; the first service of a name counts. */
export function clustersFor(
  caller: Caller,
  services: Iterable<MeshService>,
  rules: DestinationRules,
  compile: ClusterCompiler,
): ReadonlyMap<string, Cluster> {
  const clusters = new Map<string, Cluster>()
  for (const service of services) {
    for (const cluster of compile(service, rules.find(service, caller))) {
      if (!clusters.has(cluster.name)) clusters.set(cluster.name, cluster)
    }
  }
  return clusters
}
