// Load balancing at run time: places requests at endpoints, and learns from how they end.
import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Cluster } from '../table/cluster.ts'
import { admit, admitsConnection, finish, start, stopWaiting, wait } from './admission.ts'
import type { BalancedRequest, Balancer, PendingPlacement, Placement, Unplaced } from './balancer.ts'
import {
  type ClusterState,
  type ClusterView,
  createState,
  createView,
  usableHosts,
  type ViewedHost,
} from './cluster-view.ts'
import { addressOf, createHost, type Waiter } from './host.ts'
import { report } from './outlier.ts'
import { hashRequest } from './request-hash.ts'

export interface BalancerOptions {
  clock: Clock
  random: Random
}

/** Istio's host_selection_retry_max_attempts: so often an endpoint that was tried already is drawn again. */
const reselections = 5

/**
 * What is known of a cluster is found again by `cluster.key` and the address of each endpoint, so a new table goes on where the
 * old one was.
 */
export function createBalancer({ clock, random }: BalancerOptions): Balancer {
  const views = new WeakMap<Cluster, ClusterView>()
  const states = new Map<string, ClusterState>()
  const viewOf = (cluster: Cluster) => {
    const state = states.get(cluster.key) ?? createState(cluster.name, clock.now())
    states.set(cluster.key, state)
    const view = createView(cluster, state, random)
    views.set(cluster, view)
    return view
  }
  return {
    place(cluster, request) {
      const view = views.get(cluster) ?? viewOf(cluster)
      return view.always ?? placeAt(view, request, clock, random)
    },
    retain(clusters) {
      const names = new Set(Array.from(clusters, ({ name }) => name))
      for (const [key, { name }] of states) if (!names.has(name)) states.delete(key)
    },
  }
}

function placeAt(
  view: ClusterView,
  request: BalancedRequest,
  clock: Clock,
  random: Random,
): Placement | PendingPlacement | Unplaced {
  const { balancing } = view.cluster
  if (view.cluster.discovery === 'original') return placeOriginal(view, request, clock)
  const hosts = usableHosts(view, clock.now())
  const hashed = balancing.kind === 'consistent-hash' ? hashRequest(balancing.by, request, random) : undefined
  const chosen = choose(view, hosts, request, hashed?.hash)
  if (!chosen) return 'no_healthy_upstream'
  return admitAt({ view, chosen, setCookie: hashed?.setCookie, request, clock })
}

/** Where the caller wanted to go is no endpoint to choose or to eject: the cluster's limits alone hold there. */
function placeOriginal(
  view: ClusterView,
  request: BalancedRequest,
  clock: Clock,
): Placement | PendingPlacement | Unplaced {
  const { original } = request
  if (!original) return 'no_healthy_upstream'
  const chosen = { endpoint: original, host: createHost(original), weight: 1 }
  return admitAt({ view, chosen, setCookie: undefined, request, clock })
}

/** Endpoints that were tried already are avoided, but not for ever. */
function choose(
  { pick }: ClusterView,
  hosts: readonly ViewedHost[],
  { tried }: BalancedRequest,
  hash: bigint | undefined,
): ViewedHost | undefined {
  if (hosts.length === 0) return undefined
  const addresses = tried.map(addressOf)
  let chosen = pick(hosts, hash, 0)
  for (let attempt = 1; attempt <= reselections && chosen && addresses.includes(chosen.host.address); attempt++) {
    chosen = pick(hosts, hash, attempt)
  }
  return chosen
}

/** One request on its way to the endpoint that was chosen for it. */
interface Choice {
  view: ClusterView
  chosen: ViewedHost
  setCookie: string | undefined
  request: BalancedRequest
  clock: Clock
}

function admitAt(choice: Choice): Placement | PendingPlacement | Unplaced {
  const { limits, protocol } = choice.view.cluster
  const { load } = choice.view.state
  const { host } = choice.chosen
  const { connection, tried } = choice.request
  if (limits && connection) return admitsConnection(load, limits) ? startAt(choice) : 'overflow'
  const admission = limits ? admit(load, host, limits, protocol === 'http1', tried.length > 0) : 'start'
  if (admission === 'overflow') return admission
  return admission === 'start' ? startAt(choice) : waitAt(choice)
}

function startAt({ view, chosen, setCookie, request, clock }: Choice): Placement {
  const isRetry = request.tried.length > 0
  const { cluster, state, hosts } = view
  const { host, endpoint } = chosen
  let isDone = false
  start(state.load, host, isRetry)
  return {
    endpoint,
    setCookie,
    done(outcome) {
      if (isDone) return
      isDone = true
      finish(state.load, host, isRetry)
      if (!cluster.outlier) return
      const healths = hosts.map(one => one.host.health)
      report(host.health, outcome, { settings: cluster.outlier, now: clock.now(), startedAt: state.startedAt, healths })
    },
  }
}

function waitAt(choice: Choice): PendingPlacement {
  const { load } = choice.view.state
  const { host } = choice.chosen
  const { promise, resolve } = Promise.withResolvers<Placement>()
  const waiter: Waiter = { grant: () => resolve(startAt(choice)) }
  wait(load, host, waiter)
  return { granted: promise, cancel: () => stopWaiting(load, host, waiter) }
}
