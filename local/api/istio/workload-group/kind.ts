// WorkloadGroup: the shape of workloads that join by themselves.
import { networkingKind } from '../istio-kind.ts'
import { workloadGroupMessage } from './message.ts'
import { workloadGroupFindings } from './validate.ts'

export const workloadGroupKind = networkingKind({
  kind: 'WorkloadGroup',
  plural: 'workloadgroups',
  shortNames: ['wg'],
  message: workloadGroupMessage,
  findings: workloadGroupFindings,
})
