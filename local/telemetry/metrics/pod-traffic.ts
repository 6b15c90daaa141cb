// What one pod answered, sent and got: the mesh's view of it, in place of a network interface of its own.
import type { Histogram } from './histogram.ts'

/** What one pod has answered, and what it sent and got over all. */
export interface PodTraffic {
  namespace: string
  revision: string
  /** By status; in seconds. */
  invocations: Map<number, Histogram>
  received: Volume
  transmitted: Volume
}

export interface Volume {
  bytes: number
  packets: number
}

/** What a segment of TCP carries on an Ethernet. In bytes. */
const segmentBytes = 1_448

export function newTraffic(namespace: string): PodTraffic {
  const nothing = () => ({ bytes: 0, packets: 0 })
  return { namespace, revision: '', invocations: new Map(), received: nothing(), transmitted: nothing() }
}

/** A message with a head and `bytes` of body. */
export function add(volume: Volume, bytes: number): void {
  volume.bytes += bytes
  volume.packets += 1 + Math.floor(bytes / segmentBytes)
}
