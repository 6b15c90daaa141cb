// The rules of a DestinationRule as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { exportToFlaws } from '../fields/export-to.ts'
import { wildcardDomainFlaws } from '../fields/host-name.ts'
import { labelFlaws, subsetNameFlaws } from '../fields/label.ts'
import { policySelectorFindings } from '../fields/selector.ts'
import type { Draft } from '../fields/types.ts'
import { eachItem, type Finding, flawIf, isError } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { DestinationRuleSpec, Subset } from './types.ts'
import { trafficPolicyFindings } from './validate-traffic-policy.ts'

export function destinationRuleFindings({ spec, namespace }: Subject<Draft<DestinationRuleSpec>>): Finding[] {
  const { host = '', trafficPolicy, subsets, exportTo, workloadSelector } = spec as Partial<DestinationRuleSpec>
  const names = (subsets ?? []).map(subset => subset.name ?? '')
  return [
    ...wildcardDomainFlaws(host, 'spec.host'),
    ...trafficPolicyFindings(trafficPolicy, namespace, 'spec.trafficPolicy'),
    ...eachItem(subsets, 'spec.subsets', (subset, path, index) => [
      ...flawIf(names.indexOf(names[index] ?? '') < index, `${path}.name`, `duplicate subset names: ${names[index]}`),
      ...subsetFlaws(subset, namespace, path),
    ]),
    ...exportToFlaws(exportTo, namespace, workloadSelector ? 'selecting-destination-rule' : 'other', 'spec.exportTo'),
    ...policySelectorFindings(workloadSelector, 'spec.workloadSelector'),
  ]
}

function subsetFlaws(
  { name = '', labels, trafficPolicy }: Partial<Subset>,
  namespace: string,
  path: string,
): Finding[] {
  return [
    ...subsetNameFlaws(name, `${path}.name`),
    ...labelFlaws(labels, `${path}.labels`),
    ...trafficPolicyFindings(trafficPolicy, namespace, `${path}.trafficPolicy`).filter(isError),
  ]
}
