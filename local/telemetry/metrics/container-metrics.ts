// What containers use, under cAdvisor's names: processes stand in for containers, and the mesh for their network.

import type { PodUsage } from '../../seams/pod-usage.ts'
import { type Family, family } from './family.ts'
import type { PodTraffic, Volume } from './pod-traffic.ts'

export interface ContainerMetrics {
  /** `usage`: of the pods that run now. */
  families(usage: readonly PodUsage[], traffic: ReadonlyMap<string, PodTraffic>): Family[]
}

/** Keeps the most memory that each container was seen to use. */
export function createContainerMetrics(): ContainerMetrics {
  let most = new Map<string, number>()
  return {
    families(usage, traffic) {
      const containers = usage.flatMap(pod => pod.containers.map(one => ({ ...one, ...namesOf(pod, one.name) })))
      most = new Map(containers.map(one => [one.key, Math.max(one.memory, most.get(one.key) ?? 0)]))
      const gauge = (name: string, help: string, value: (one: (typeof containers)[number]) => number) =>
        family('gauge', [name, help], containers, one => ({ labels: one.labels, value: value(one) }))
      return [
        gauge('container_memory_working_set_bytes', 'Memory in use.', one => one.memory),
        gauge('container_memory_max_usage_bytes', 'Most memory seen in use.', one => most.get(one.key) ?? 0),
        family('counter', ['container_cpu_usage_seconds_total', 'CPU used.'], containers, one => ({
          ...{ labels: one.labels, value: one.cpuSeconds ?? 0 },
        })),
        ...networkFamilies(traffic),
      ]
    },
  }
}

function namesOf({ namespace, pod }: PodUsage, container: string) {
  return { key: `${namespace}/${pod}/${container}`, labels: { namespace, pod, container } }
}

// A process has no network interface of its own: these are its requests and answers, cut into segments of TCP.
const segments = 'as the segments of TCP that its requests and answers through the mesh fill.'

function networkFamilies(traffic: ReadonlyMap<string, PodTraffic>): Family[] {
  const rows = [...traffic]
  const counter = (name: string, help: string, of: (pod: PodTraffic) => Volume, unit: keyof Volume) =>
    family('counter', [name, help], rows, ([pod, one]) => ({
      labels: { namespace: one.namespace, pod, interface: 'eth0' },
      value: of(one)[unit],
    }))
  return [
    counter('container_network_transmit_packets_total', `Packets sent, ${segments}`, pod => pod.transmitted, 'packets'),
    counter('container_network_receive_packets_total', `Packets received, ${segments}`, pod => pod.received, 'packets'),
    counter('container_network_transmit_bytes_total', 'Bytes of bodies sent.', pod => pod.transmitted, 'bytes'),
    counter('container_network_receive_bytes_total', 'Bytes of bodies received.', pod => pod.received, 'bytes'),
  ]
}
