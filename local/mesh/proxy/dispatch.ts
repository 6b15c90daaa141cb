// What becomes of a request at a door, step by step as Envoy's filters: policy, fault, CORS, router.
import { drawCluster, findRoute, pickHost } from '../route/walk.ts'
import type { DirectResponseAction, ForwardAction, Route } from '../table/route.ts'
import { refuse } from './answer.ts'
import type { Exchange, Incoming } from './client.ts'
import type { Door } from './door.ts'
import { type CorsGrant, checkCors } from './filters/cors.ts'
import { injectFault } from './filters/fault.ts'
import { headersAtDoor } from './headers/request-headers.ts'
import { requestId } from './headers/request-id.ts'
import { clustersOf, type Hop, type Routing } from './hop.ts'
import { type LocalReply, localReplies } from './local-reply.ts'
import { admitted } from './policy.ts'
import { redirectReply, toHttps } from './router/redirect.ts'
import { Router } from './router/router.ts'
import { notFound, unmatched } from './unmatched.ts'
import type { Wire } from './wire.ts'

/** Undefined when the request was answered at once. */
export function dispatch(wire: Wire, routing: Routing, door: Door, incoming: Incoming): Exchange | undefined {
  const hop = hopOf(wire, routing, door, incoming)
  if (incoming.host === '') return refuse(hop, localReplies.missingHost)
  if (incoming.target === '*') return refuse(hop, localReplies.asterisk)
  // A request that is denied has its route already, whose rules hold for the denial too.
  findWay(hop, undefined)
  if (!wire.policy) return go(hop)
  return admitted(hop, wire.policy, claims => {
    if (claims) findWay(hop, claims)
    return go(hop)
  })
}

function hopOf(wire: Wire, routing: Routing, door: Door, incoming: Incoming): Hop {
  const id = requestId(wire.random)
  const hop: Hop = {
    wire,
    routing,
    door,
    incoming,
    startedAt: wire.clock.now(),
    requestId: id,
    headers: headersAtDoor(door, incoming, id),
    target: incoming.target,
    host: incoming.host,
    virtualHost: pickHost(door.hosts, incoming.host),
    route: undefined,
    destination: undefined,
    cluster: undefined,
    flags: '',
    attempts: 0,
    endpoint: undefined,
    address: '',
    revision: undefined,
    instance: '',
    waitedMs: 0,
    span: undefined,
    receivedBytes: 0,
    sentBytes: 0,
  }
  hop.span = wire.tracer?.begin(hop)
  return hop
}

type Claims = Readonly<Record<string, unknown>> | undefined

/** The first rule of the virtual host that matches, and one of its destinations. */
function findWay(hop: Hop, claims: Claims): void {
  const { virtualHost, door, incoming, headers, wire } = hop
  if (!virtualHost || movesToHttps(hop)) return
  const { target, host } = incoming
  const request = { method: incoming.head.method, scheme: door.scheme, authority: host, target, headers }
  const found = findRoute(virtualHost, claims ? { ...request, claims } : request)
  hop.route = found
  hop.destination = found?.action.kind === 'forward' ? drawCluster(found.action, wire.random) : undefined
  hop.cluster = hop.destination && clustersOf(hop).get(hop.destination.cluster)
}

/** Asked before any rule is. */
function movesToHttps({ virtualHost, door }: Hop): boolean {
  return virtualHost?.httpsRedirect === true && door.scheme === 'http'
}

/** Without a rule that matches there is no other virtual host to look at. */
function go(hop: Hop): Exchange | undefined {
  const { virtualHost, route } = hop
  if (!virtualHost) return unmatched(hop)
  if (movesToHttps(hop)) return refuse(hop, redirectReply(hop, toHttps))
  if (!route) return notFound(hop)
  return route.fault ? injectFault(hop, route.fault, () => act(hop, route)) : act(hop, route)
}

function act(hop: Hop, { action, cors }: Route): Exchange | undefined {
  switch (action.kind) {
    case 'redirect':
      return refuse(hop, redirectReply(hop, action))
    case 'direct-response':
      return refuse(hop, directReply(hop, action))
    case 'forward': {
      if (!cors) return forward(hop, action, undefined)
      const verdict = checkCors(hop, cors)
      return verdict.kind === 'answer' ? refuse(hop, verdict.reply) : forward(hop, action, verdict.grant)
    }
  }
}

/** A status of the 300s sends the client to where it is. */
function directReply({ door, incoming }: Hop, { status, body }: DirectResponseAction): LocalReply {
  const reply = { status, body: body ?? '', flags: '-', details: 'direct_response' }
  const redirects = status >= 300 && status < 400
  return redirects ? { ...reply, headers: ['location', `${door.scheme}://${incoming.host}${incoming.target}`] } : reply
}

function forward(hop: Hop, action: ForwardAction, grant: CorsGrant | undefined): Exchange | undefined {
  const { cluster } = hop
  if (!cluster) return refuse(hop, localReplies.clusterNotFound, grant)
  return new Router({ hop, action, cluster, grant }).start()
}
