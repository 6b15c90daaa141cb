// Schemas that several kinds of Knative share: conditions, addresses, revision templates, traffic.
import { podSpecFields } from '../core/pod-spec-schema.ts'
import { anything, array, boolean, described, integer, map, object, type Schema, string } from '../schema.ts'

const condition = object({
  type: string,
  status: string,
  severity: string,
  reason: string,
  message: string,
  lastTransitionTime: string,
})

const addressable = object({ url: string, name: string, CACerts: string, audience: string })

/** `status` of every kind of Knative: these fields and those given. */
export function statusSchema(fields: Record<string, Schema> = {}): Schema {
  return object({
    observedGeneration: integer,
    conditions: array(condition),
    annotations: map(string),
    ...fields,
  })
}

export const trafficTarget = object({
  tag: described('Gives the target a host of its own', string),
  revisionName: described('A revision to send traffic to', string),
  configurationName: described('The configuration whose latest ready revision gets the traffic', string),
  latestRevision: described('Whether the latest ready revision gets the traffic', boolean),
  percent: described('The share of the traffic; all of them sum to 100', integer),
  url: string,
})

export const routeStatusFields = { url: string, address: addressable, traffic: array(trafficTarget) }
export const configurationStatusFields = { latestCreatedRevisionName: string, latestReadyRevisionName: string }
export const addressStatusFields = { url: string, address: addressable }

export const revisionSpec = object({
  containerConcurrency: described('Requests an instance takes at a time; 0 is unlimited', integer),
  timeoutSeconds: described('Seconds a request may take', integer),
  responseStartTimeoutSeconds: described('Seconds until the first byte of the answer', integer),
  idleTimeoutSeconds: described('Seconds without a byte of the answer', integer),
  ...podSpecFields,
})

/** Templates keep only these of an object's metadata. */
export const revisionTemplate = object({
  metadata: object({
    name: described('The revision’s name; generated unless set', string),
    namespace: string,
    labels: map(string),
    annotations: map(string),
    finalizers: array(string),
    creationTimestamp: anything,
  }),
  spec: revisionSpec,
})

const containerStatus = object({ name: string, imageDigest: string })

export const revisionStatusFields = {
  logUrl: string,
  containerStatuses: array(containerStatus),
  initContainerStatuses: array(containerStatus),
  actualReplicas: integer,
  desiredReplicas: integer,
}
