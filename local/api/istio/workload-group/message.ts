// The WorkloadGroup message.
import { int32, list, map, message, string, uint32 } from '../proto/message.ts'
import { workloadEntryMessage } from '../workload-entry/message.ts'
import type { HttpHealthCheck, ReadinessProbe, WorkloadGroupSpec } from './types.ts'

const networking = 'istio.networking.v1alpha3'

const httpHealthCheck = message<HttpHealthCheck>(`${networking}.HTTPHealthCheckConfig`, {
  path: string,
  port: uint32,
  host: string,
  scheme: string,
  httpHeaders: list(
    message<{ name?: string; value?: string }>(`${networking}.HTTPHeader`, { name: string, value: string }),
  ),
})

const readinessProbe = message<ReadinessProbe>(
  `${networking}.ReadinessProbe`,
  {
    initialDelaySeconds: int32,
    timeoutSeconds: int32,
    periodSeconds: int32,
    successThreshold: int32,
    failureThreshold: int32,
    httpGet: httpHealthCheck,
    tcpSocket: message<{ host?: string; port: number }>(`${networking}.TCPHealthCheckConfig`, {
      host: string,
      port: uint32,
    }),
    exec: message<{ command: string[] }>(`${networking}.ExecHealthCheckConfig`, { command: list(string) }),
    grpc: message<{ port?: number; service?: string }>(`${networking}.GrpcHealthCheckConfig`, {
      port: uint32,
      service: string,
    }),
  },
  ['httpGet', 'tcpSocket', 'exec', 'grpc'],
)

export const workloadGroupMessage = message<WorkloadGroupSpec>(`${networking}.WorkloadGroup`, {
  metadata: message<NonNullable<WorkloadGroupSpec['metadata']>>(`${networking}.WorkloadGroup.ObjectMeta`, {
    labels: map(string),
    annotations: map(string),
  }),
  template: workloadEntryMessage,
  probe: readinessProbe,
})
