// The EndpointSlices of Services that select pods: who measures a revision on a cluster counts its instances there.
import type { ContainerPort } from '../../api/core/pod-spec.ts'
import { type CoreService, core, type Pod, type ServicePort } from '../../api/core/types.ts'
import { endpointSliceKind } from '../../api/discovery/endpoint-slice/kind.ts'
import type { EndpointSlice } from '../../api/discovery/types.ts'
import { type GroupKind, hasLabels, ownedBy } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { stableUid } from '../../kernel/stable-uid.ts'
import { childName } from '../names.ts'
import { newest } from './deployment.ts'

/** One slice a Service, for `computed` of the API server. */
export function endpointSlices(store: ObjectStore) {
  return {
    kind: endpointSliceKind,
    from: [core.service, core.pod] as readonly GroupKind[],
    instead: 'an EndpointSlice shows the pods that a Service selects; change the selector of the Service',
    objects(): EndpointSlice[] {
      const pods = Map.groupBy(store.list<Pod>(core.pod), pod => pod.metadata.namespace)
      const selecting = store.list<CoreService>(core.service).filter(({ spec }) => spec?.selector)
      return selecting.map(service => makeSlice(service, pods.get(service.metadata.namespace) ?? []))
    },
  }
}

/** The slice of a Service, of those of `pods` that it selects (Kubernetes' endpointslice controller). */
export function makeSlice(service: CoreService, pods: readonly Pod[]): EndpointSlice {
  const { name, namespace, uid = '', creationTimestamp, labels } = service.metadata
  const chosen = pods.filter(pod => hasLabels(pod, service.spec?.selector ?? {}) && pod.status?.podIP)
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: childName(name, `-${stableUid(`slice of ${uid}`).slice(0, 5)}`),
      ...(namespace ? { namespace } : {}),
      generateName: `${name}-`,
      uid: stableUid(`endpoint slice of ${uid}`),
      resourceVersion: newest([service, ...chosen]),
      generation: 1,
      ...(creationTimestamp ? { creationTimestamp } : {}),
      labels: {
        ...labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      ownerReferences: [ownedBy(service)],
    },
    addressType: 'IPv4',
    endpoints: chosen.map(endpointOf),
    ports: (service.spec?.ports ?? []).flatMap(port => portOf(port, chosen[0])),
  }
}

function endpointOf({ metadata, spec, status }: Pod): EndpointSlice['endpoints'][number] {
  const isReady = status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True') ?? false
  const terminating = metadata.deletionTimestamp !== undefined
  const { name, namespace, uid } = metadata
  return {
    addresses: [status?.podIP ?? ''],
    conditions: { ready: isReady && !terminating, serving: isReady, terminating },
    ...(spec.nodeName ? { nodeName: spec.nodeName } : {}),
    targetRef: { kind: 'Pod', name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) },
  }
}

/** A port by its number, or by the name a container of the pod gives to it: without a pod nobody knows. */
function portOf({ name, port, protocol = 'TCP', targetPort = port }: ServicePort, pod: Pod | undefined) {
  const ports: ContainerPort[] = pod?.spec.containers.flatMap(one => one.ports ?? []) ?? []
  const number = typeof targetPort === 'number' ? targetPort : ports.find(one => one.name === targetPort)?.containerPort
  return pod === undefined || number === undefined ? [] : [{ ...(name ? { name } : {}), port: number, protocol }]
}
