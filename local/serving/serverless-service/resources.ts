// What a PodAutoscaler makes: its ServerlessService, and the two Kubernetes Services of that.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import type { CoreService, ServicePort } from '../../api/core/types.ts'
import type { ServerlessService } from '../../api/networking/types.ts'
import { labels } from '../../api/serving/labels.ts'
import { ownedBy } from '../../kernel/object.ts'
import { without } from '../context.ts'
import { childName } from '../names.ts'
import type { WorkloadStatus } from '../workloads.ts'

export type RevisionService = CoreService & { spec: NonNullable<CoreService['spec']> }

const ownerLabel = 'networking.internal.knative.dev/serverlessservice'
const typeLabel = 'networking.internal.knative.dev/serviceType'
const metricAnnotation = 'autoscaling.knative.dev/metric'

/** Where a queue-proxy of a cluster listens, by protocol. */
const queuePorts = { http1: 8012, h2c: 8013 } as const
const queueTlsPort = 8112

/** The ServerlessService of a revision whose requests go as `workload` says. */
export function makeServerlessService(autoscaler: PodAutoscaler, workload: WorkloadStatus): ServerlessService {
  const { name, namespace = '', annotations, labels: own } = autoscaler.metadata
  const { name: target, apiVersion, kind } = autoscaler.spec.scaleTargetRef
  return {
    apiVersion: 'networking.internal.knative.dev/v1alpha1',
    kind: 'ServerlessService',
    metadata: {
      name,
      namespace,
      labels: { ...own },
      annotations: without(annotations, metricAnnotation),
      ownerReferences: [ownedBy(autoscaler)],
    },
    spec: {
      mode: workload.direct ? 'Serve' : 'Proxy',
      numActivators: workload.activators ?? 0,
      objectRef: { apiVersion, kind, name: target },
      protocolType: autoscaler.spec.protocolType,
    },
  }
}

/** The Service under the revision's own name: the way in, through the activator or not. */
export function makePublicService(sks: ServerlessService): RevisionService {
  return revisionService(sks, sks.metadata.name, 'Public', servingPorts(sks))
}

/** The Service that selects the revision's instances: who measures them finds them here. */
export function makePrivateService(sks: ServerlessService): RevisionService {
  const port = queuePorts[sks.spec.protocolType]
  const made = revisionService(sks, childName(sks.metadata.name, '-private'), 'Private', [
    ...servingPorts(sks),
    named('http-autometric', 9090, 'http-autometric'),
    named('http-usermetric', 9091, 'http-usermetric'),
    named('http-istio', port, port),
  ])
  const uid = sks.metadata.labels?.[labels.revisionUid] ?? ''
  return { ...made, spec: { ...made.spec, selector: { [labels.revisionUid]: uid } } }
}

// No clusterIP: nothing listens on one here, and callers find the Service by its name.
function revisionService(
  sks: ServerlessService,
  name: string,
  type: 'Public' | 'Private',
  ports: ServicePort[],
): RevisionService {
  const { metadata } = sks
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: metadata.namespace ?? '',
      labels: { ...metadata.labels, [ownerLabel]: metadata.name, [typeLabel]: type },
      annotations: { ...metadata.annotations },
      ownerReferences: [ownedBy(sks)],
    },
    spec: { ports, sessionAffinity: 'None', type: 'ClusterIP' },
  }
}

function servingPorts({ spec }: ServerlessService): ServicePort[] {
  const name = spec.protocolType === 'h2c' ? 'http2' : 'http'
  return [named(name, 80, queuePorts[spec.protocolType]), named('https', 443, queueTlsPort)]
}

const named = (name: string, port: number, targetPort: number | string): ServicePort => ({
  name,
  port,
  protocol: 'TCP',
  targetPort,
})
