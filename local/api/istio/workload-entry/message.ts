// The WorkloadEntry message.
import { map, message, string, uint32 } from '../proto/message.ts'
import type { WorkloadEntrySpec } from './types.ts'

export const workloadEntryMessage = message<WorkloadEntrySpec>('istio.networking.v1alpha3.WorkloadEntry', {
  address: string,
  ports: map(uint32),
  labels: map(string),
  network: string,
  locality: string,
  weight: uint32,
  serviceAccount: string,
})
