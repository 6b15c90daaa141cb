// One service of the shop asks another one, in its language.
import { call } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'

export type Peer = 'users' | 'customers' | 'inventory' | 'orders' | 'payments' | 'fulfillment' | 'exchanges' | 'logging'

/** A peer may have to start first, and rules of the mesh may delay it by seconds. In milliseconds. */
export const peerTimeoutMs = 20_000

/** Rules of the mesh can be put on these: their callers use a name of its own, which Knative does not route. */
const ruled: readonly Peer[] = ['inventory', 'payments']

/** The base URL of a peer; `<PEER>_URL` overrides it. */
export function urlOf(env: Env, peer: Peer): string {
  return env[`${peer.toUpperCase()}_URL`] || `http://${peer}${ruled.includes(peer) ? '-mesh' : ''}.commerce`
}

interface Answered<T> {
  data?: T
  errors?: { message: string }[]
}

/** The data of a query. Rejects when the peer does not answer, or answers with errors. */
export async function ask<T>(
  env: Env,
  peer: Peer,
  { query, variables, headers }: { query: string; variables: object; headers: Record<string, string> },
): Promise<T> {
  const answer = await call(env, `${urlOf(env, peer)}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
    timeoutMs: peerTimeoutMs,
  })
  if (!answer.ok) throw new Error(`${peer} answered ${answer.status}`)
  const { data, errors = [] } = (await answer.json()) as Answered<T>
  if (!data || errors.length > 0) throw new Error(`${peer}: ${errors.map(({ message }) => message).join('; ')}`)
  return data
}
