// Circuit breakers: how many requests a cluster takes at once, and how many may wait for a connection.
import type { ConnectionLimits } from '../table/cluster.ts'
import type { Host, Waiter } from './host.ts'

/** What is under way at a whole cluster. */
export interface Load {
  active: number
  /** Of those, at their second or a later endpoint. */
  retries: number
  waiting: number
}

export function createLoad(): Load {
  return { active: 0, retries: 0, waiting: 0 }
}

export type Admission = 'start' | 'wait' | 'overflow'

const isFull = (count: number, limit: number | undefined) => limit !== undefined && count >= limit

/**
 * Over HTTP/1.1 a request holds a connection. Each endpoint gets one even when the cluster has all its connections, as in
 * Envoy: otherwise an endpoint that was never reached could starve. Requests of HTTP/2 share theirs and never wait here.
 */
export function admit(load: Load, host: Host, limits: ConnectionLimits, http1: boolean, isRetry: boolean): Admission {
  if (isRetry && isFull(load.retries, limits.maxRetries)) return 'overflow'
  if (isFull(load.active, limits.maxRequests)) return 'overflow'
  if (!http1 || host.active === 0 || !isFull(load.active, limits.maxConnections)) return 'start'
  return isFull(load.waiting, limits.maxPendingRequests) ? 'overflow' : 'wait'
}

/** A connection never waits for another one to end (Envoy's tcp_proxy.cc). */
export function admitsConnection(load: Load, { maxConnections }: ConnectionLimits): boolean {
  return !isFull(load.active, maxConnections)
}

export function start(load: Load, host: Host, isRetry: boolean): void {
  host.active++
  load.active++
  if (isRetry) load.retries++
}

/** Gives the freed connection to the request that waits the longest for this endpoint. */
export function finish(load: Load, host: Host, isRetry: boolean): void {
  host.active--
  load.active--
  if (isRetry) load.retries--
  const next = host.waiting.shift()
  if (!next) return
  load.waiting--
  next.grant()
}

export function wait(load: Load, host: Host, waiter: Waiter): void {
  host.waiting.push(waiter)
  load.waiting++
}

/** No effect on a request that got its connection already. */
export function stopWaiting(load: Load, host: Host, waiter: Waiter): void {
  const index = host.waiting.indexOf(waiter)
  if (index < 0) return
  host.waiting.splice(index, 1)
  load.waiting--
}
