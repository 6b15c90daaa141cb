// One cluster at work: its endpoints with what is known of them, kept when a new table brings the cluster again.
import type { Random } from '../../kernel/random.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'
import { createLoad, type Load } from './admission.ts'
import type { Placement } from './balancer.ts'
import { addressOf, createHost, type Host } from './host.ts'
import { isEjected } from './outlier.ts'
import { createPick, type Pick, type WeightedHost } from './pick.ts'

/** What outlives a table: found again by the cluster's name and the endpoints' addresses. */
export interface ClusterState {
  /** The cluster's. */
  readonly name: string
  readonly hosts: Map<string, Host>
  readonly load: Load
  /** When outlier detection began. */
  readonly startedAt: number
}

export interface ViewedHost extends WeightedHost {
  endpoint: ClusterEndpoint
}

export interface ClusterView {
  readonly cluster: Cluster
  readonly state: ClusterState
  readonly hosts: readonly ViewedHost[]
  readonly pick: Pick
  /** The one answer of a cluster that has nothing to decide or to count. */
  readonly always: Placement | undefined
}

export function createState(name: string, now: number): ClusterState {
  return { name, hosts: new Map(), load: createLoad(), startedAt: now }
}

/** Endpoints that are no longer there are forgotten, requests under way there come to their end. */
export function createView(cluster: Cluster, state: ClusterState, random: Random): ClusterView {
  const hosts = new Map<string, ViewedHost>()
  for (const endpoint of cluster.endpoints) {
    const address = addressOf(endpoint)
    if (hosts.has(address)) continue
    const host = state.hosts.get(address) ?? createHost(endpoint)
    hosts.set(address, { endpoint, host, weight: endpoint.weight })
  }
  state.hosts.clear()
  for (const [address, { host }] of hosts) state.hosts.set(address, host)
  const all = [...hosts.values()]
  return {
    cluster,
    state,
    hosts: all,
    pick: createPick(cluster.balancing, all, random),
    always: alwaysOf(cluster, all),
  }
}

function alwaysOf({ limits, outlier, balancing }: Cluster, hosts: readonly ViewedHost[]): Placement | undefined {
  const [only, other] = hosts
  if (!only || other || limits || outlier || balancing.kind === 'consistent-hash') return undefined
  return { endpoint: only.endpoint, setCookie: undefined, done: () => undefined }
}

/**
 * The endpoints that may be used. When fewer than `minHealthPercent` of them are well, all of them are (Envoy's panic);
 * Istio's default of 0 never panics, so a cluster whose endpoints are all out answers 503.
 */
export function usableHosts({ cluster, hosts }: ClusterView, now: number): readonly ViewedHost[] {
  const { outlier } = cluster
  if (!outlier) return hosts
  const well = hosts.filter(({ host }) => !isEjected(host.health, now))
  const panics = (100 * well.length) / hosts.length < outlier.minHealthPercent
  return panics ? hosts : well
}
