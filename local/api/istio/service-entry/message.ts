// The ServiceEntry message.
import { workloadSelector } from '../fields/messages.ts'
import { list, message, oneOf, string, uint32 } from '../proto/message.ts'
import { workloadEntryMessage } from '../workload-entry/message.ts'
import type { ServiceEntrySpec, ServicePort } from './types.ts'

const networking = 'istio.networking.v1alpha3'
const entry = `${networking}.ServiceEntry`

export const serviceEntryMessage = message<ServiceEntrySpec>(entry, {
  hosts: list(string),
  addresses: list(string),
  ports: list(
    message<ServicePort>(`${networking}.ServicePort`, {
      number: uint32,
      protocol: string,
      name: string,
      targetPort: uint32,
    }),
  ),
  location: oneOf(`${entry}.Location`, 'MESH_EXTERNAL', 'MESH_INTERNAL'),
  resolution: oneOf(`${entry}.Resolution`, 'NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'),
  endpoints: list(workloadEntryMessage),
  workloadSelector,
  exportTo: list(string),
  subjectAltNames: list(string),
})
