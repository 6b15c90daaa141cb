// Knative Serving's objects (serving.knative.dev/v1, DomainMapping v1beta1), field by field as the API documents them.
import type { Condition } from '../../kernel/conditions.ts'
import type { KubeObject, ObjectMeta, ObjectReference } from '../../kernel/object.ts'
import type { PodSpec } from '../core/pod-spec.ts'

export interface RevisionSpec extends PodSpec {
  containerConcurrency?: number
  timeoutSeconds?: number
  responseStartTimeoutSeconds?: number
  idleTimeoutSeconds?: number
}

export interface RevisionTemplate {
  metadata?: Partial<ObjectMeta>
  spec: RevisionSpec
}

export interface TrafficTarget {
  tag?: string
  revisionName?: string
  configurationName?: string
  latestRevision?: boolean
  percent?: number
  url?: string
}

export interface Addressable {
  url?: string
  name?: string
}

export interface StatusBase {
  observedGeneration?: number
  conditions?: Condition[]
  annotations?: Record<string, string>
}

export interface RouteStatusFields {
  url?: string
  address?: Addressable
  traffic?: TrafficTarget[]
}

export interface ConfigurationStatusFields {
  latestCreatedRevisionName?: string
  latestReadyRevisionName?: string
}

export interface Service extends KubeObject {
  spec: { template: RevisionTemplate; traffic?: TrafficTarget[] }
  status?: StatusBase & RouteStatusFields & ConfigurationStatusFields
}

export interface Configuration extends KubeObject {
  spec: { template: RevisionTemplate }
  status?: StatusBase & ConfigurationStatusFields
}

export interface Revision extends KubeObject {
  spec: RevisionSpec
  status?: StatusBase & {
    logUrl?: string
    containerStatuses?: { name?: string; imageDigest?: string }[]
    actualReplicas?: number
    desiredReplicas?: number
  }
}

export interface Route extends KubeObject {
  spec: { traffic?: TrafficTarget[] }
  status?: StatusBase & RouteStatusFields
}

export interface DomainMapping extends KubeObject {
  spec: { ref: ObjectReference; tls?: { secretName: string } }
  status?: StatusBase & { url?: string; address?: Addressable }
}

export const serving = {
  service: { group: 'serving.knative.dev', kind: 'Service' },
  configuration: { group: 'serving.knative.dev', kind: 'Configuration' },
  revision: { group: 'serving.knative.dev', kind: 'Revision' },
  route: { group: 'serving.knative.dev', kind: 'Route' },
  domainMapping: { group: 'serving.knative.dev', kind: 'DomainMapping' },
} as const
