// The rules of a Sidecar as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { connectionPoolFlaws } from '../destination-rule/validate-connection-pool.ts'
import { destinationFlaws } from '../fields/destination.ts'
import { fqdnFlaws } from '../fields/host-name.ts'
import { emptySelectorWarning, workloadSelectorFlaws } from '../fields/selector.ts'
import { type Finding, flaw } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { OutboundTrafficPolicy, SidecarSpec } from './types.ts'
import { egressFindings } from './validate-egress.ts'
import { ingressFindings } from './validate-ingress.ts'

export function sidecarFindings({ spec, namespace }: Subject<SidecarSpec>): Finding[] {
  const { workloadSelector, ingress = [], egress = [], inboundConnectionPool, outboundTrafficPolicy } = spec
  const selectorFlaws = workloadSelectorFlaws(workloadSelector, 'spec.workloadSelector')
  if (selectorFlaws.length > 0) return selectorFlaws
  if (ingress.length + egress.length === 0 && !outboundTrafficPolicy && !inboundConnectionPool) {
    return [flaw('spec', 'sidecar: empty configuration provided')]
  }
  return [
    ...emptySelectorWarning(workloadSelector, 'sidecar', 'spec.workloadSelector'),
    ...ingressFindings(ingress),
    ...connectionPoolFlaws(inboundConnectionPool, 'spec.inboundConnectionPool'),
    ...egressFindings(egress, namespace),
    ...outboundFlaws(outboundTrafficPolicy, 'spec.outboundTrafficPolicy'),
  ]
}

function outboundFlaws(policy: OutboundTrafficPolicy | undefined, path: string): Finding[] {
  if (!policy?.egressProxy) return []
  const at = `${path}.egressProxy`
  if (policy.mode !== 'ALLOW_ANY') {
    return [flaw(at, 'sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode')]
  }
  const { host = '', port } = policy.egressProxy
  return [
    ...fqdnFlaws(host, `${at}.host`),
    ...(port ? destinationFlaws(policy.egressProxy, at) : [flaw(at, 'sidecar: egress_proxy port must be non-nil')]),
  ]
}
