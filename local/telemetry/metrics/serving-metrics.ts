// Knative Serving's metrics under the names that OpenTelemetry's Prometheus exporter gives them (Knative 1.23).

import type { RevisionMeasures } from '../../seams/revision-measures.ts'
import { type Family, family } from './family.ts'
import type { PodTraffic } from './pod-traffic.ts'
import { revisionLabels } from './revisions.ts'

type Reading = (revision: RevisionMeasures) => number | undefined

const whenCounting =
  (metric: RevisionMeasures['metric'], read: Reading): Reading =>
  revision =>
    revision.metric === metric ? read(revision) : undefined

/** Averages are over the pods that are there, one at least. */
const aPod = (value: number, { pods }: RevisionMeasures) => value / Math.max(1, pods.filter(inState('ready')).length)

const inState =
  (...states: string[]) =>
  ({ state }: { state: string }) =>
    states.includes(state)

const countPods =
  (...states: string[]): Reading =>
  ({ pods }) =>
    pods.filter(inState(...states)).length

/** By name (unit and all): what the autoscaler, its reconciler and the activator tell of each revision. */
const gauges: Readonly<Record<string, readonly [help: string, read: Reading]>> = {
  kn_revision_pods_desired: ['Pods the autoscaler wants.', ({ desired }) => Math.max(0, desired)],
  kn_revision_pods_requested: ['Pods asked for.', ({ requested }) => Math.max(0, requested)],
  kn_revision_pods_count: ['Pods that are ready.', countPods('ready')],
  kn_revision_pods_not_ready_count: ['Pods that are not ready.', countPods('starting', 'unready', 'waiting')],
  kn_revision_pods_pending_count: ['Pods that have not started yet.', countPods('starting')],
  kn_revision_pods_terminating_count: ['Pods on their way out.', countPods('stopping')],
  kn_revision_capacity_excess: [
    'Burst capacity beyond what is wanted.',
    ({ excessBurstCapacity }) => excessBurstCapacity,
  ],
  kn_revision_panic_mode: ['1 while the autoscaler panics.', ({ panicking }) => (panicking ? 1 : 0)],
  kn_revision_concurrency_stable: [
    'Requests at once a pod, over the stable window.',
    whenCounting('concurrency', one => aPod(one.stable, one)),
  ],
  kn_revision_concurrency_panic: [
    'Requests at once a pod, over the panic window.',
    whenCounting('concurrency', one => aPod(one.panic, one)),
  ],
  kn_revision_concurrency_target: [
    'Requests at once wanted a pod.',
    whenCounting('concurrency', ({ target }) => target),
  ],
  kn_revision_rps_stable_per_second: [
    'Requests a second and pod, over the stable window.',
    whenCounting('rps', one => aPod(one.stable, one)),
  ],
  kn_revision_rps_panic_per_second: [
    'Requests a second and pod, over the panic window.',
    whenCounting('rps', one => aPod(one.panic, one)),
  ],
  kn_revision_rps_target_per_second: ['Requests a second wanted a pod.', whenCounting('rps', ({ target }) => target)],
  kn_revision_request_concurrency: [
    'Requests under way through the activator.',
    ({ proxied, active, queued }) => (proxied ? active + queued : 0),
  ],
  kn_revision_request_queued: ['Requests that wait for a place.', ({ queued }) => queued],
  kn_revision_request_active: ['Requests that the activator proxies.', ({ proxied, active }) => (proxied ? active : 0)],
}

export function revisionFamilies(revisions: readonly RevisionMeasures[]): Family[] {
  return Object.entries(gauges).map(([name, [help, read]]) =>
    family('gauge', [name, help], revisions, one => ({ labels: revisionLabels(one), value: read(one) })),
  )
}

/** What the queue-proxy beside each pod would tell. */
export function podFamilies(
  traffic: ReadonlyMap<string, PodTraffic>,
  revisions: readonly RevisionMeasures[],
): Family[] {
  const byName = new Map(revisions.map(one => [`${one.namespace}/${one.revision}`, one]))
  const points = [...traffic].flatMap(([pod, { namespace, revision, invocations }]) => {
    const known = byName.get(`${namespace}/${revision}`) ?? { namespace, revision, labels: {} }
    const labels = { ...revisionLabels(known), ...podLabels(pod, known) }
    return [...invocations].flatMap(([status, durations]) =>
      durations.points({ ...labels, http_response_status_code: String(status) }),
    )
  })
  const depth = revisions.flatMap(one => one.pods.map(pod => ({ one, pod })))
  return [
    {
      name: 'kn_serving_invocation_duration_seconds',
      help: 'How long pods took to answer.',
      type: 'histogram',
      points,
    },
    family('gauge', ['kn_serving_queue_depth', 'Requests at a pod.'], depth, ({ one, pod }) => ({
      labels: { ...revisionLabels(one), ...podLabels(pod.name, one) },
      value: one.active / Math.max(1, one.pods.filter(inState('ready')).length),
    })),
  ]
}

function podLabels(pod: string, { revision, labels }: Pick<RevisionMeasures, 'revision' | 'labels'>) {
  const service = labels['serving.knative.dev/service'] ?? labels['serving.knative.dev/configuration'] ?? revision
  return { k8s_pod_name: pod, container_name: 'queue-proxy', service_name: service, service_instance_id: pod }
}
