// Knative's PodAutoscaler (autoscaling.internal.knative.dev/v1alpha1): what a revision asks of the autoscaler.
import type { KubeObject } from '../../kernel/object.ts'
import type { StatusBase } from '../serving/types.ts'

export interface PodAutoscaler extends KubeObject {
  spec: {
    containerConcurrency?: number
    protocolType: 'http1' | 'h2c'
    reachability?: 'Reachable' | 'Unreachable' | ''
    scaleTargetRef: { apiVersion: string; kind: string; name: string }
  }
  status?: StatusBase & {
    actualScale?: number
    desiredScale?: number
    metricsServiceName?: string
    serviceName?: string
  }
}

export const autoscaling = {
  podAutoscaler: { group: 'autoscaling.internal.knative.dev', kind: 'PodAutoscaler' },
} as const
