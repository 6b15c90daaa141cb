// How the services of the asset system call each other: by name, in JSON.
import { type Answer, call } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'

export type Peer =
  | 'authentication-ms'
  | 'user-management-ms'
  | 'app-authorization-ms'
  | 'asset-mgr-ms'
  | 'risk-assess-ms'

/** A peer may have to start first. In milliseconds. */
const peerTimeoutMs = 15_000

/** The base URL of a peer; `<PEER>_URL`, with `_` for `-`, overrides it. */
export function urlOf(env: Env, peer: Peer): string {
  return env[`${peer.toUpperCase().replaceAll('-', '_')}_URL`] || `http://${peer}.assets`
}

export interface Question {
  /** To hand on. */
  headers: Record<string, string>
  method?: 'GET' | 'POST' | 'PUT'
  /** Sent as JSON; a text is taken for JSON already. */
  body?: object | string
}

/** Asks a peer. Rejects when there is no answer in time; whatever its status, an answer is one. */
export function ask(env: Env, peer: Peer, path: string, { headers, method = 'GET', body }: Question): Promise<Answer> {
  const options = { method, timeoutMs: peerTimeoutMs }
  if (body === undefined) return call(env, urlOf(env, peer) + path, { ...options, headers })
  const sent = { headers: { ...headers, 'content-type': 'application/json' }, body: textOf(body) }
  return call(env, urlOf(env, peer) + path, { ...options, ...sent })
}

const textOf = (body: object | string) => (typeof body === 'string' ? body : JSON.stringify(body))
