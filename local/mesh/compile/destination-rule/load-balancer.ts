// `loadBalancer`: how an endpoint is chosen.
import type { ConsistentHashLb, LoadBalancerSettings } from '../../../api/istio/types.ts'
import type { Balancing, HashKey } from '../../table/cluster.ts'
import { durationMs } from '../virtual-service/duration.ts'

/** What Istio names when the ring's size is left out; with `ringHash: {}` Envoy's own default is the same. */
const defaultRingSize = 1_024
/** Envoy's default, a prime. */
const defaultMaglevSize = 65_537

const simple: Readonly<Record<string, Balancing>> = {
  ROUND_ROBIN: { kind: 'round-robin' },
  RANDOM: { kind: 'random' },
  PASSTHROUGH: { kind: 'passthrough' },
}

const leastRequest: Balancing = { kind: 'least-request' }

/** Localities change nothing: without a locality of its own a proxy prefers none. */
export function compileLoadBalancer(settings: LoadBalancerSettings | undefined): Balancing {
  const hashed = settings?.consistentHash && compileConsistentHash(settings.consistentHash)
  return hashed ?? simple[settings?.simple ?? ''] ?? leastRequest
}

function compileConsistentHash(hash: ConsistentHashLb): Balancing | undefined {
  const by = hashKey(hash)
  if (!by) return undefined
  if (hash.maglev)
    return { kind: 'consistent-hash', by, table: 'maglev', slots: hash.maglev.tableSize || defaultMaglevSize }
  const slots = hash.ringHash?.minimumRingSize || hash.minimumRingSize || defaultRingSize
  return { kind: 'consistent-hash', by, table: 'ring', slots }
}

function hashKey(hash: ConsistentHashLb): HashKey | undefined {
  if (hash.httpHeaderName) return { kind: 'header', name: hash.httpHeaderName.toLowerCase() }
  if (hash.httpCookie) {
    const { name, path = '', ttl, attributes = [] } = hash.httpCookie
    return { kind: 'cookie', name, path, ttlMs: durationMs(ttl), attributes }
  }
  if (hash.httpQueryParameterName) return { kind: 'query', name: hash.httpQueryParameterName }
  return hash.useSourceIp ? { kind: 'source' } : undefined
}
