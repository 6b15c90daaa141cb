// Decides what becomes of a request at a gateway: an internal service, a revision, or an answer of the proxy's own.
import type { GatewayTables } from '../compile/host-table.ts'
import type { InternalService } from '../internal-service.ts'
import { type Gateway, hostKey, route } from '../route/route.ts'
import type { Exchange, Incoming } from './client.ts'
import { Forward } from './forward.ts'
import { InternalExchange } from './internal-exchange.ts'
import { type LocalReply, localReplies } from './local-reply.ts'
import type { Wire } from './wire.ts'

export interface Routing {
  /** Replaced as a whole when objects change; requests under way keep what they drew. */
  tables: GatewayTables
  /** By every host they answer to, in lower case. */
  readonly internals: Map<string, InternalService>
}

/** Instances a request may ask when they die before they answer. */
const mostTries = 3

/** Undefined when the request was answered at once. `repeats`: the caller sends again by itself. */
export function dispatch(
  wire: Wire,
  routing: Routing,
  gateway: Gateway,
  incoming: Incoming,
  repeats = false,
): Exchange | undefined {
  if (gateway === 'local') {
    const service = routing.internals.get(hostKey(incoming.host))
    if (service) return new InternalExchange(incoming, service, wire.log).start()
  }
  const { host, target, head } = incoming
  const outcome = route(routing.tables, gateway, { host, target, headers: head.headers }, wire.random)
  if (outcome === 'route_not_found') return answer(wire, incoming, localReplies.routeNotFound)
  if (outcome === 'no_destination') return answer(wire, incoming, localReplies.noHealthyUpstream)
  const onward = { kind: 'revision' as const, destination: outcome }
  return new Forward(wire, incoming, { onward, mostTries: repeats ? 1 : mostTries, callerRepeats: repeats }).start()
}

/** Answers in the proxy's own name and tells of it. */
export function answer(wire: Wire, incoming: Incoming, reply: LocalReply): undefined {
  incoming.client.reply(reply)
  const { head, host, target, caller } = incoming
  wire.onRequest?.({
    startedAt: wire.clock.now(),
    durationMs: 0,
    method: head.method,
    host,
    target,
    status: reply.status,
    flags: reply.flags,
    details: reply.details,
    revision: undefined,
    caller,
    requestId: '',
    attempts: 0,
  })
}
