// The shape every object of the API has, and the few readings of it that all rooms share.

/** JSON as it stands in a manifest or on the wire. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Who wrote which fields, by whom and how (Kubernetes' server-side apply). */
export interface ManagedFields {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time?: string
  fieldsType: 'FieldsV1'
  fieldsV1: FieldSet
  subresource?: string
}

/** Fields as a tree: `f:name` a field, `k:{…}` an item of a list by its key, `v:…` one by its value, `.` the item itself. */
export interface FieldSet {
  [key: string]: FieldSet
}

/** Times are RFC 3339 in UTC with seconds, as Kubernetes writes them. */
export interface ObjectMeta {
  name: string
  namespace?: string
  generateName?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  managedFields?: ManagedFields[]
}

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** Names a kind without saying its version: one stored version a kind. */
export interface GroupKind {
  group: string
  kind: string
}

export interface ObjectKey extends GroupKind {
  namespace: string
  name: string
}

export interface ObjectReference {
  apiVersion?: string
  kind: string
  name: string
  namespace?: string
}

/** `serving.knative.dev` of `serving.knative.dev/v1`; `''` for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** `v1` of `serving.knative.dev/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

/** The store's key of an object: group, kind, namespace (`''` when cluster-scoped) and name. */
export function keyOf(object: KubeObject): ObjectKey {
  return {
    group: groupOf(object.apiVersion),
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  }
}

/** The controller among an object's owners, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(owner => owner.controller)
}

/** An owner reference as a controller writes it into what it creates. */
export function ownedBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    blockOwnerDeletion: true,
    controller: true,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
  }
}

/** Milliseconds since the epoch as Kubernetes writes times: `2026-11-21T08:30:57Z`. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** True when every label of `selector` stands on the object with that value. */
export function hasLabels(object: KubeObject, selector: Record<string, string>): boolean {
  const labels = object.metadata.labels ?? {}
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** `serving.knative.dev/Service`: a group and kind as one string. */
export function formatKind({ group, kind }: GroupKind): string {
  return `${group}/${kind}`
}
