// One try at one endpoint, of whichever kind it is.

import type { RequestHead } from '../../codec/head.ts'
import type { Replace } from '../../replacement.ts'
import type { Cluster, ClusterEndpoint } from '../../table/cluster.ts'
import { machineOf, splitAuthority } from '../authority.ts'
import type { AttemptClient, Exchange, Incoming } from '../client.ts'
import { plainDoor } from '../door.ts'
import { connectionRefused } from '../failure.ts'
import { isUpgrade } from '../headers/request-headers.ts'
import type { Hop } from '../hop.ts'
import { InternalExchange } from '../internal-exchange.ts'
import { admittedInside } from '../policy.ts'
import { clientHandshake } from '../tls/upstream-tls.ts'
import { AddressAttempt } from './address-attempt.ts'
import { NestedClient } from './nested-client.ts'
import { RevisionAttempt } from './revision-attempt.ts'
import type { Address } from './upstream-channel.ts'

/** Undefined when it was answered, or failed, at once. */
export function beginAttempt(
  hop: Hop,
  cluster: Cluster,
  endpoint: ClusterEndpoint,
  client: AttemptClient,
): Exchange | undefined {
  hop.endpoint = endpoint
  switch (endpoint.kind) {
    case 'revision': {
      const attempt = new RevisionAttempt(hop, client, endpoint)
      const { policy, replace } = hop.wire
      const start = () => (replace ? replaced(replace, hop, cluster, endpoint, client) : attempt.start())
      return policy ? admittedInside(hop, client, attempt.target, start) : start()
    }
    case 'address':
      if (hop.wire.replace) return replaced(hop.wire.replace, hop, cluster, endpoint, client)
      return new AddressAttempt(hop, client).start(addressOf(hop, endpoint, cluster))
    case 'gateway':
      return atGateway(hop, endpoint.port, client)
    case 'internal':
      return atInternalService(hop, cluster, endpoint, client)
  }
}

/** Nothing leaves the process: see `MeshOptions.replace`. */
function replaced(replace: Replace, hop: Hop, cluster: Cluster, endpoint: ClusterEndpoint, client: AttemptClient) {
  const service = replace({ cluster, endpoint, revision: endpoint.kind === 'revision' ? hop.revision : undefined })
  return new InternalExchange(hop, service, client).start()
}

function addressOf(hop: Hop, endpoint: ClusterEndpoint & { kind: 'address' }, cluster: Cluster): Address {
  const { path, host, port } = endpoint
  const { tls, limits, connectTimeoutMs } = cluster
  const protocol = cluster.protocol === 'client' ? (hop.incoming.http2 ? 'h2c' : 'http1') : cluster.protocol
  if (path !== undefined) return { path, protocol, limits }
  const address = { host: machineOf(host), port, protocol, limits, connectTimeoutMs }
  if (!tls) return address
  const namespace = hop.door.kind === 'outbound' ? hop.incoming.caller?.namespace : undefined
  const secret = (name: string) => hop.wire.certificates.client(name, namespace)
  return { ...address, tls: clientHandshake(tls, splitAuthority(hop.host).host, secret) }
}

function atGateway(hop: Hop, port: number, client: AttemptClient): Exchange | undefined {
  const door = plainDoor(hop.routing.table, port)
  if (door) return hop.routing.enter(door, incomingAt(hop, client))
  client.failed({ kind: 'connect-failure', reason: connectionRefused })
  return undefined
}

function atInternalService(
  hop: Hop,
  cluster: Cluster,
  endpoint: ClusterEndpoint & { kind: 'internal' },
  client: AttemptClient,
): Exchange | undefined {
  const service = hop.routing.internals.get(endpoint.host)
  if (service) return new InternalExchange(hop, service, client).start()
  if (hop.wire.replace) return replaced(hop.wire.replace, hop, cluster, endpoint, client)
  client.failed({ kind: 'connect-failure', reason: connectionRefused })
  return undefined
}

/** The hops of one mesh stand on one machine. */
const ownAddress = '127.0.0.1'

/** The request as this hop leaves it, for the next one: nothing of it is written to a socket. */
function incomingAt({ wire, headers, host, target, incoming, span }: Hop, outer: AttemptClient): Incoming {
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
  return { ...incoming, head, host, target, client, peer: ownAddress, tunnel: undefined, span }
}
