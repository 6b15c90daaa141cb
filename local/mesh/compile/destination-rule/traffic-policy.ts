// `trafficPolicy`: which of its levels holds for one port of a service or subset.
import type { PortPolicy, TrafficPolicy } from '../../../api/istio/types.ts'

/** The policy of a port: what stands for the port replaces all of the policy, and nothing is inherited. */
export function portPolicy(policy: TrafficPolicy | undefined, port: number): PortPolicy {
  return portSettings(policy, port) ?? policy ?? {}
}

/** A subset's policy over the rule's: by block, or, where the subset speaks of the port, all four blocks. */
export function subsetPolicy(rule: PortPolicy, subset: TrafficPolicy | undefined, port: number): PortPolicy {
  if (!subset) return rule
  const forPort = portSettings(subset, port)
  if (forPort) return forPort
  return {
    loadBalancer: subset.loadBalancer ?? rule.loadBalancer,
    connectionPool: subset.connectionPool ?? rule.connectionPool,
    outlierDetection: subset.outlierDetection ?? rule.outlierDetection,
    tls: subset.tls ?? rule.tls,
  }
}

function portSettings(policy: TrafficPolicy | undefined, port: number): PortPolicy | undefined {
  return policy?.portLevelSettings?.find(settings => settings.port?.number === port)
}
