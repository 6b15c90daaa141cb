import { describe, expect, it } from 'vitest'
import type { PodUsage } from '../../seams/pod-usage.ts'
import { finishedRequest } from '../finished-request.ts'
import { createContainerMetrics } from './container-metrics.ts'
import type { Family } from './family.ts'
import { RequestMetrics } from './request-metrics.ts'

const usage = (memory: number, pod = 'p-1'): PodUsage => ({
  ...{ namespace: 'app', pod, labels: {}, windowMs: 1_000 },
  containers: [{ name: 'user-container', cpu: 0.1, cpuSeconds: 3, memory }],
})

const valueIn = (families: readonly Family[], name: string) => families.find(one => one.name === name)?.points[0]?.value

describe('containers', () => {
  it('remember the most memory they were seen to use, as long as they run', () => {
    const metrics = createContainerMetrics()
    const most = (...all: PodUsage[]) => valueIn(metrics.families(all, new Map()), 'container_memory_max_usage_bytes')
    expect([most(usage(10)), most(usage(30)), most(usage(20))]).toEqual([10, 30, 30])
    expect(most()).toBeUndefined()
    expect(most(usage(5))).toBe(5)
  })

  it('are named as Kubernetes does', () => {
    const families = createContainerMetrics().families([usage(10)], new Map())
    expect(families[0]?.points).toEqual([
      { labels: { namespace: 'app', pod: 'p-1', container: 'user-container' }, value: 10 },
    ])
    expect(valueIn(families, 'container_cpu_usage_seconds_total')).toBe(3)
  })

  it('have the network that the mesh carried for them', () => {
    const requests = new RequestMetrics({ revision: () => undefined, toBroker: () => {} })
    requests.record(finishedRequest({ instance: 'p-1', receivedBytes: 10, sentBytes: 3_000 }))
    const families = createContainerMetrics().families([], requests.pods)
    expect(valueIn(families, 'container_network_transmit_packets_total')).toBe(3)
    expect(valueIn(families, 'container_network_transmit_bytes_total')).toBe(3_000)
    expect(valueIn(families, 'container_network_receive_packets_total')).toBe(1)
  })
})
