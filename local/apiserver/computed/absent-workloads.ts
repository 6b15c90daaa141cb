// Workloads of a cluster that nothing here runs: there are none of them, and who wants to make one hears of Services.
import { workloadKinds } from '../../api/apps/workload-kinds.ts'
import type { Computed } from './computed.ts'

const instead = 'nothing runs them; create a Knative Service (serving.knative.dev/v1)'

export const absentWorkloads: readonly Computed[] = workloadKinds.map(kind => ({ kind, objects: () => [], instead }))
