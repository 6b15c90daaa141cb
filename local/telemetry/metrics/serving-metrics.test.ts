import { describe, expect, it } from 'vitest'
import type { PodMeasures, PodState, RevisionMeasures } from '../../seams/revision-measures.ts'
import { finishedRequest } from '../finished-request.ts'
import { RequestMetrics } from './request-metrics.ts'
import { podFamilies, revisionFamilies } from './serving-metrics.ts'

const pod = (name: string, state: PodState): PodMeasures => ({
  name,
  state,
  startedAt: 0,
  readyAt: 1,
  endpoint: undefined,
})

const revision = (more: Partial<RevisionMeasures> = {}): RevisionMeasures => ({
  ...{ namespace: 'app', revision: 'a-00001', serviceAccount: 'default', metric: 'concurrency' },
  labels: { 'serving.knative.dev/service': 'a', 'serving.knative.dev/configuration': 'a' },
  ...{ stable: 6, panic: 9, target: 70, panicking: true, excessBurstCapacity: -3, desired: 3, requested: 4 },
  ...{ queued: 2, active: 5, proxied: true },
  pods: [pod('p1', 'ready'), pod('p2', 'ready'), pod('p3', 'ready'), pod('p4', 'starting'), pod('p5', 'stopping')],
  ...more,
})

function values(one: RevisionMeasures): Record<string, number | undefined> {
  return Object.fromEntries(revisionFamilies([one]).map(({ name, points }) => [name, points[0]?.value]))
}

describe('Knative Serving’s metrics', () => {
  it('tell what the autoscaler wants, what there is, and what waits', () => {
    expect(values(revision())).toMatchObject({
      ...{ kn_revision_pods_desired: 3, kn_revision_pods_requested: 4, kn_revision_pods_count: 3 },
      ...{
        kn_revision_pods_not_ready_count: 1,
        kn_revision_pods_pending_count: 1,
        kn_revision_pods_terminating_count: 1,
      },
      ...{ kn_revision_capacity_excess: -3, kn_revision_panic_mode: 1 },
      ...{ kn_revision_concurrency_stable: 2, kn_revision_concurrency_panic: 3, kn_revision_concurrency_target: 70 },
      ...{ kn_revision_request_queued: 2, kn_revision_request_active: 5, kn_revision_request_concurrency: 7 },
    })
  })

  it('carry the names of revision, configuration, service and namespace', () => {
    const [family] = revisionFamilies([revision()])
    expect(family?.points[0]?.labels).toEqual({
      ...{ k8s_namespace_name: 'app', kn_service_name: 'a', kn_configuration_name: 'a', kn_revision_name: 'a-00001' },
    })
  })

  it('count requests a second in their stead where the autoscaler does', () => {
    const { kn_revision_rps_stable_per_second: rps, kn_revision_concurrency_stable: concurrency } = values(
      revision({ metric: 'rps' }),
    )
    expect([rps, concurrency]).toEqual([2, undefined])
  })

  it('of a revision at zero, about which nothing is decided yet, are zeros', () => {
    const asleep = revision({ pods: [], desired: -1, requested: -1, stable: 0, panic: 0, queued: 0, active: 0 })
    expect(values(asleep)).toMatchObject({
      ...{ kn_revision_pods_desired: 0, kn_revision_pods_requested: 0, kn_revision_concurrency_stable: 0 },
    })
  })

  it('say nothing of the activator while it is out of the path', () => {
    const direct = values(revision({ proxied: false }))
    expect([direct.kn_revision_request_active, direct.kn_revision_request_concurrency]).toEqual([0, 0])
  })

  it('tell for each pod and status how long it took, by the Service it belongs to', () => {
    const requests = new RequestMetrics({ revision: () => undefined, toBroker: () => {} })
    for (const status of [200, 200, 500]) requests.record(finishedRequest({ status }))
    const [durations] = podFamilies(requests.pods, [revision()])
    const counts = durations?.points.filter(({ suffix }) => suffix === '_count')
    expect(counts?.map(({ labels, value }) => [labels.http_response_status_code, value])).toEqual([
      ['200', 2],
      ['500', 1],
    ])
    expect(counts?.[0]?.labels).toMatchObject({
      ...{ k8s_pod_name: 'a-00001-deployment-x', service_name: 'a', container_name: 'queue-proxy' },
    })
  })

  it('keep what a pod of a deleted revision did', () => {
    const requests = new RequestMetrics({ revision: () => undefined, toBroker: () => {} })
    requests.record(finishedRequest())
    const [durations] = podFamilies(requests.pods, [])
    expect(durations?.points[0]?.labels).toMatchObject({ kn_revision_name: 'a-00001', service_name: 'a-00001' })
  })
})
