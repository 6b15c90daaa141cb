// Knative Eventing's sources (sources.knative.dev/v1), field by field as the API documents them.
import type { KubeObject, ObjectMeta, ObjectReference } from '../../kernel/object.ts'
import type { PodSpec } from '../core/pod-spec.ts'
import type { Destination, SubscriptionsFilter } from '../eventing/types.ts'
import type { StatusBase } from '../serving/types.ts'

export interface SourceSpec {
  sink: Destination
  /** Extension attributes given to every event. */
  ceOverrides?: { extensions?: Record<string, string> }
}

export interface SourceStatus extends StatusBase {
  sinkUri?: string
  ceAttributes?: { type: string; source: string }[]
}

export interface PingSource extends KubeObject {
  spec: SourceSpec & {
    /** Five fields, or six with seconds first; or @hourly and the like. */
    schedule: string
    /** Of the IANA database; UTC unless set. */
    timezone?: string
    contentType?: string
    data?: string
    dataBase64?: string
  }
  status?: SourceStatus
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface ApiServerSource extends KubeObject {
  spec: SourceSpec & {
    resources: { apiVersion: string; kind: string; selector?: LabelSelector }[]
    /** Only objects that a controller of this kind owns. */
    owner?: { apiVersion: string; kind: string }
    /** `Reference` tells which object changed, `Resource` the whole of it. */
    mode: 'Reference' | 'Resource'
    serviceAccountName?: string
    namespaceSelector?: LabelSelector
    filters?: SubscriptionsFilter[]
  }
  status?: SourceStatus & { namespaces?: string[] }
}

/** What SinkBinding puts K_SINK into: one object by name, or all of a kind with these labels. */
export interface Subject extends Partial<ObjectReference> {
  apiVersion: string
  kind: string
  selector?: LabelSelector
}

export interface SinkBinding extends KubeObject {
  spec: SourceSpec & { subject: Subject }
  status?: SourceStatus
}

export interface ContainerSource extends KubeObject {
  spec: SourceSpec & { template: { metadata?: Partial<ObjectMeta>; spec: PodSpec } }
  status?: SourceStatus
}

export const sources = {
  ping: { group: 'sources.knative.dev', kind: 'PingSource' },
  apiServer: { group: 'sources.knative.dev', kind: 'ApiServerSource' },
  sinkBinding: { group: 'sources.knative.dev', kind: 'SinkBinding' },
  container: { group: 'sources.knative.dev', kind: 'ContainerSource' },
} as const
