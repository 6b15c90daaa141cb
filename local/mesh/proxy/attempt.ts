// One try at one endpoint, of whichever kind it is.

import type { RequestHead } from '../codec/head.ts'
import type { Cluster, ClusterEndpoint, UpstreamTls } from '../table/cluster.ts'
import { AddressAttempt } from './address-attempt.ts'
import { machineOf } from './authority.ts'
import type { AttemptClient, Exchange, Incoming } from './client.ts'
import { plainDoor } from './door.ts'
import type { Hop } from './hop.ts'
import { InternalExchange } from './internal-exchange.ts'
import { NestedClient } from './nested-client.ts'
import { admittedInside } from './policy.ts'
import { isUpgrade } from './request-headers.ts'
import { RevisionAttempt } from './revision-attempt.ts'
import type { Address } from './upstream-connection.ts'

/** Undefined when it was answered, or failed, at once. */
export function beginAttempt(
  hop: Hop,
  { tls }: Cluster,
  endpoint: ClusterEndpoint,
  client: AttemptClient,
): Exchange | undefined {
  hop.endpoint = endpoint
  switch (endpoint.kind) {
    case 'revision': {
      const attempt = new RevisionAttempt(hop, client, endpoint.namespace)
      return hop.wire.policy ? admittedInside(hop, client, attempt.target, () => attempt.start()) : attempt.start()
    }
    case 'address':
      return new AddressAttempt(hop, client).start(addressOf(endpoint, tls))
    case 'gateway':
      return atGateway(hop, endpoint.port, client)
    case 'internal':
      return atInternalService(hop, endpoint.host, client)
  }
}

function addressOf({ path, host, port }: ClusterEndpoint & { kind: 'address' }, tls: UpstreamTls | undefined): Address {
  if (path !== undefined) return { path }
  return tls ? { host: machineOf(host), port, tls } : { host: machineOf(host), port }
}

function atGateway(hop: Hop, port: number, client: AttemptClient): Exchange | undefined {
  const door = plainDoor(hop.routing.table, port)
  if (door) return hop.routing.enter(door, incomingAt(hop, client))
  client.failed({ kind: 'connect-failure', reason: 'Connection refused' })
  return undefined
}

function atInternalService(hop: Hop, host: string, client: AttemptClient): Exchange | undefined {
  const service = hop.routing.internals.get(host)
  if (service) return new InternalExchange(hop, service, client).start()
  client.failed({ kind: 'connect-failure', reason: 'Connection refused' })
  return undefined
}

/** The hops of one mesh stand on one machine. */
const ownAddress = '127.0.0.1'

/** The request as this hop leaves it, for the next one: nothing of it is written to a socket. */
function incomingAt({ wire, headers, host, target, incoming }: Hop, outer: AttemptClient): Incoming {
  const { method, contentLength, transferEncoding, upgrade, contentType } = incoming.head
  const connection = isUpgrade(incoming) ? 'upgrade' : ''
  const head: RequestHead = {
    method,
    target,
    headers,
    host,
    contentLength,
    transferEncoding,
    connection,
    upgrade,
    contentType,
  }
  const client = new NestedClient(outer, { date: wire.date, server: 'istio-envoy', method, contentType })
  return { ...incoming, head, host, target, client, peer: ownAddress, tunnel: undefined }
}
