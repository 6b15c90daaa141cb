// For tests: leases on given endpoints, counted as they are given and given back.
import type { Endpoint, Lease, PendingLease, RequestLimits, Upstreams } from '../../seams/upstreams.ts'

export interface CountedUpstreams extends Upstreams {
  released: number
  failed: number
  granted: number
  /** In the order they are given; the last one is given for ever. */
  endpoints: Endpoint[]
  limits: RequestLimits
  viaActivator: boolean
  /** Replaces the lease, when set. */
  instead: (() => Lease | PendingLease) | undefined
  grant(): Lease
}

export function countedUpstreams(...ports: number[]): CountedUpstreams {
  const upstreams: CountedUpstreams = {
    released: 0,
    failed: 0,
    granted: 0,
    endpoints: ports.map(port => ({ host: '127.0.0.1', port, protocol: 'http1' })),
    limits: { timeoutMs: 0, responseStartTimeoutMs: 0, idleTimeoutMs: 0 },
    viaActivator: false,
    instead: undefined,
    lease: () => upstreams.instead?.() ?? upstreams.grant(),
    grant() {
      const { endpoints, limits, viaActivator } = upstreams
      const endpoint = endpoints[Math.min(upstreams.granted, endpoints.length - 1)] ?? {
        path: '/nowhere',
        protocol: 'http1',
      }
      upstreams.granted++
      return {
        endpoint,
        limits,
        viaActivator,
        release: () => void upstreams.released++,
        fail: () => void upstreams.failed++,
      }
    },
  }
  return upstreams
}
