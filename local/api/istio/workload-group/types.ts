// WorkloadGroup as Istio 1.29 defines it: the shape of workloads that join by themselves.
import type { KubeObject } from '../../../kernel/object.ts'
import type { WorkloadEntrySpec } from '../workload-entry/types.ts'

export interface WorkloadGroup extends KubeObject {
  spec: WorkloadGroupSpec
}

export interface WorkloadGroupSpec {
  /** Of the entries that are made. */
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  template: WorkloadEntrySpec
  probe?: ReadinessProbe
}

export interface ReadinessProbe {
  initialDelaySeconds?: number
  timeoutSeconds?: number
  periodSeconds?: number
  successThreshold?: number
  failureThreshold?: number
  /** One of the four. */
  httpGet?: HttpHealthCheck
  tcpSocket?: { host?: string; port: number }
  exec?: { command: string[] }
  grpc?: { port?: number; service?: string }
}

export interface HttpHealthCheck {
  path?: string
  port: number
  host?: string
  scheme?: string
  httpHeaders?: { name?: string; value?: string }[]
}
