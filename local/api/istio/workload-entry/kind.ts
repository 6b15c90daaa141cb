// WorkloadEntry: one endpoint outside of the cluster.
import { networkingKind, text } from '../istio-kind.ts'
import { workloadEntryMessage } from './message.ts'
import { workloadEntryFindings } from './validate.ts'

export const workloadEntryKind = networkingKind({
  kind: 'WorkloadEntry',
  plural: 'workloadentries',
  shortNames: ['we'],
  columns: [text('Address', '.spec.address', 'Where the endpoint is')],
  message: workloadEntryMessage,
  findings: workloadEntryFindings,
})
