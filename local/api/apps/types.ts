// Kubernetes' Deployment (apps/v1), as far as it shows a revision.
import type { KubeObject, ObjectMeta } from '../../kernel/object.ts'
import type { PodSpec } from '../core/pod-spec.ts'

export interface Deployment extends KubeObject {
  spec: {
    replicas: number
    selector: { matchLabels: Record<string, string> }
    template: { metadata: Partial<ObjectMeta>; spec: PodSpec & Record<string, unknown> }
    [field: string]: unknown
  }
  status: {
    observedGeneration?: number
    replicas?: number
    readyReplicas?: number
    updatedReplicas?: number
    availableReplicas?: number
    unavailableReplicas?: number
    conditions?: { type: string; status: string; reason: string; message: string; [field: string]: unknown }[]
  }
}
