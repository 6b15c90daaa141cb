// Connection pools.
import { durationFlaws } from '../fields/duration.ts'
import { type Finding, flaw, flawIf } from '../finding.ts'
import { milliseconds } from '../proto/go-duration.ts'
import type { ConnectionPoolSettings, HttpSettings, TcpSettings } from './connection-pool-types.ts'

export function connectionPoolFlaws(settings: ConnectionPoolSettings | undefined, path: string): Finding[] {
  if (!settings) return []
  const { http, tcp } = settings
  if (!http && !tcp) return [flaw(path, 'connection pool must have at least one field')]
  return [...(http ? httpFlaws(http, `${path}.http`) : []), ...(tcp ? tcpFlaws(tcp, `${path}.tcp`) : [])]
}

/** Limits of HTTP, with the words Istio names them by. */
const limits = [
  ['http1MaxPendingRequests', 'http1 max pending requests'],
  ['http2MaxRequests', 'http2 max requests'],
  ['maxRequestsPerConnection', 'max requests per connection'],
  ['maxRetries', 'max retries'],
] as const

function httpFlaws(http: HttpSettings, path: string): Finding[] {
  return [
    ...limits.flatMap(([field, words]) => negativeFlaws(http[field], words, `${path}.${field}`)),
    ...durationFlaws(http.idleTimeout, `${path}.idleTimeout`),
    ...flawIf(
      http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true,
      `${path}.useClientProtocol`,
      'use client protocol must not be true when H2UpgradePolicy is UPGRADE',
    ),
    ...negativeFlaws(http.maxConcurrentStreams, 'max concurrent streams', `${path}.maxConcurrentStreams`),
  ]
}

function tcpFlaws(tcp: TcpSettings, path: string): Finding[] {
  const { maxConnections, connectTimeout, maxConnectionDuration, idleTimeout, tcpKeepalive } = tcp
  return [
    ...negativeFlaws(maxConnections, 'max connections', `${path}.maxConnections`),
    ...durationFlaws(connectTimeout, `${path}.connectTimeout`),
    ...durationFlaws(maxConnectionDuration, `${path}.maxConnectionDuration`),
    // Less than a millisecond switches the timeout off.
    ...(Math.trunc(milliseconds(idleTimeout)) === 0 ? [] : durationFlaws(idleTimeout, `${path}.idleTimeout`)),
    ...durationFlaws(tcpKeepalive?.time, `${path}.tcpKeepalive.time`),
    ...durationFlaws(tcpKeepalive?.interval, `${path}.tcpKeepalive.interval`),
  ]
}

const negativeFlaws = (value: number | undefined, words: string, path: string): Finding[] =>
  flawIf((value ?? 0) < 0, path, `${words} must be non-negative`)
