// Requests to hosts no rule is for: 404 at a gateway; outbound, past the mesh to where the caller wanted, or blocked.

import { hostOf } from '../route/walk.ts'
import { type Cluster, usualTcpLimits } from '../table/cluster.ts'
import type { ForwardAction, Route } from '../table/route.ts'
import { refuse } from './answer.ts'
import type { Exchange } from './client.ts'
import { clustersOf, type Hop } from './hop.ts'
import { localReplies } from './local-reply.ts'
import { Router } from './router/router.ts'

export function unmatched(hop: Hop): Exchange | undefined {
  const { otherwise } = hop.door
  if (otherwise === 'ALLOW_ANY' && !isClusterName(hop)) return passThrough(hop)
  if (otherwise === 'REGISTRY_ONLY') {
    hop.route = blockAll
    return refuse(hop, localReplies.blocked)
  }
  return notFound(hop)
}

/** No host, or no rule of the host found: there is no other one to fall back to. */
export function notFound(hop: Hop): undefined {
  hintAtBareName(hop)
  return refuse(hop, localReplies.routeNotFound)
}

const nowhere = { kind: '', namespace: '', name: '', path: '' }
const bare = {
  origin: nowhere,
  requestHeaders: undefined,
  responseHeaders: undefined,
  fault: undefined,
  cors: undefined,
}
const anything = { path: undefined, ignoreCase: false, headers: [], query: [] }

const onward: ForwardAction = {
  kind: 'forward',
  clusters: [],
  totalWeight: 0,
  destinationHeadersFirst: false,
  rewrite: undefined,
  timeoutMs: 0,
  retry: undefined,
  mirrors: [],
  operation: '',
}

/** The names of Envoy's routes and clusters, as logs show them. */
const allowAny: Route = { ...bare, name: 'allow_any', match: anything, action: onward }
const blockAll: Route = { ...bare, name: 'block_all', match: anything, action: onward }
const passthrough = {
  cluster: 'PassthroughCluster',
  weight: 1,
  authority: undefined,
  requestHeaders: undefined,
  responseHeaders: undefined,
}

/** Of connections that are not HTTP too. */
export const passthroughCluster: Cluster = {
  name: passthrough.cluster,
  key: passthrough.cluster,
  host: '',
  port: 0,
  subset: '',
  protocol: 'http1',
  discovery: 'original',
  endpoints: [],
  balancing: { kind: 'passthrough' },
  limits: undefined,
  outlier: undefined,
  tls: undefined,
  connectTimeoutMs: 10_000,
  tcp: usualTcpLimits,
  metadata: { service: '', namespace: '' },
}

function passThrough(hop: Hop): Exchange {
  hop.route = allowAny
  hop.destination = passthrough
  hop.cluster = passthroughCluster
  return new Router({ hop, action: onward, cluster: passthroughCluster, grant: undefined }).start()
}

/** A name of the cluster that no service has leads nowhere: nobody outside is asked for it. */
function isClusterName(hop: Hop): boolean {
  const host = hostOf(hop.incoming.host).replace(/\.$/, '')
  if (host.endsWith('.svc') || host.endsWith('.svc.cluster.local')) return true
  const [, namespace, ...more] = host.split('.')
  return namespace !== undefined && more.length === 0 && namespacesOf(clustersOf(hop)).has(namespace)
}

const namespaces = new WeakMap<ReadonlyMap<string, Cluster>, ReadonlySet<string>>()

function namespacesOf(clusters: ReadonlyMap<string, Cluster>): ReadonlySet<string> {
  const known = namespaces.get(clusters)
  if (known) return known
  const found = new Set<string>()
  for (const { host } of clusters.values()) {
    const namespace = /^[^.]+\.([^.]+)\.svc\.cluster\.local$/.exec(host)?.[1]
    if (namespace) found.add(namespace)
  }
  namespaces.set(clusters, found)
  return found
}

/** The bare name of a service is in no gateway's rules, so it leads nowhere on a real cluster too. */
function hintAtBareName({ door, incoming, wire }: Hop): void {
  const host = hostOf(incoming.host)
  if (!incoming.caller || host.includes('.')) return
  const full = `${host}.${incoming.caller.namespace}`
  if (!door.hosts.exact.has(full)) return
  wire.log('warn', `http://${incoming.host}/ leads nowhere: http://${full} is its name inside the mesh`, {
    caller: incoming.caller.name,
  })
}
