// An endpoint as balancing knows it: how busy it is, and how it did of late.
import type { ClusterEndpoint } from '../table/cluster.ts'
import { createHealth, type Health } from './outlier.ts'

export interface Host {
  readonly address: string
  /** Requests under way there. */
  active: number
  readonly health: Health
  /** Requests that wait for a connection to it, the oldest first. */
  readonly waiting: Waiter[]
}

export interface Waiter {
  grant(): void
}

export function createHost(endpoint: ClusterEndpoint): Host {
  return { address: addressOf(endpoint), active: 0, health: createHealth(), waiting: [] }
}

/** One string for each place: what makes an endpoint of a new table the one of the old table. */
export function addressOf(endpoint: ClusterEndpoint): string {
  switch (endpoint.kind) {
    case 'address':
      return (
        endpoint.path ??
        (endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`)
      )
    case 'revision':
      return `revision ${endpoint.namespace}/${endpoint.revision}`
    case 'gateway':
      return `gateway :${endpoint.port}`
    case 'internal':
      return `internal ${endpoint.host}`
  }
}
