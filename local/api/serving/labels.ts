// Labels, annotations and finalizers of Knative Serving, as its API documents and its controllers write them.

export const labels = {
  configuration: 'serving.knative.dev/configuration',
  configurationGeneration: 'serving.knative.dev/configurationGeneration',
  configurationUid: 'serving.knative.dev/configurationUID',
  domainMappingNamespace: 'serving.knative.dev/domainMappingNamespace',
  domainMappingUid: 'serving.knative.dev/domainMappingUID',
  revision: 'serving.knative.dev/revision',
  revisionUid: 'serving.knative.dev/revisionUID',
  route: 'serving.knative.dev/route',
  routeNamespace: 'serving.knative.dev/routeNamespace',
  routingState: 'serving.knative.dev/routingState',
  service: 'serving.knative.dev/service',
  serviceUid: 'serving.knative.dev/serviceUID',
  /** `cluster-local` keeps a route off the public gateway. */
  visibility: 'networking.knative.dev/visibility',
} as const

export const annotations = {
  creator: 'serving.knative.dev/creator',
  lastModifier: 'serving.knative.dev/lastModifier',
  /** Comma-separated names of the routes that send traffic here. */
  routes: 'serving.knative.dev/routes',
  routingStateModified: 'serving.knative.dev/routingStateModified',
  rolloutDuration: 'serving.knative.dev/rollout-duration',
  progressDeadline: 'serving.knative.dev/progress-deadline',
  /** `true` keeps a revision from being garbage-collected. */
  noGc: 'serving.knative.dev/no-gc',
  /** The state of a gradual rollout, as JSON. */
  rollout: 'networking.internal.knative.dev/rollout',
  tagToHost: 'networking.internal.knative.dev/tag-to-host',
  ingressClass: 'networking.knative.dev/ingress.class',
  httpProtocol: 'networking.knative.dev/http-protocol',
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
} as const

export const finalizers = {
  route: 'routes.serving.knative.dev',
  domainMapping: 'domainmappings.serving.knative.dev',
  ingress: 'ingresses.networking.internal.knative.dev',
} as const

/** The value of the visibility label that keeps a host inside the cluster. */
export const clusterLocal = 'cluster-local'
