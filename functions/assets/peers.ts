// The names of the services of the asset system, for those who call them.
import type { Env } from '../lib/env.ts'

export type Peer =
  | 'authentication-ms'
  | 'user-management-ms'
  | 'app-authorization-ms'
  | 'asset-mgr-ms'
  | 'risk-assess-ms'

/** A peer may have to start first. In milliseconds. */
export const peerTimeoutMs = 15_000

/** The base URL of a peer; `<PEER>_URL`, with `_` for `-`, overrides it. */
export function urlOf(env: Env, peer: Peer): string {
  return env[`${peer.toUpperCase().replaceAll('-', '_')}_URL`] || `http://${peer}.assets`
}
