// Whether the token a request came with still counts: asked of who issued it, each time.
import { call } from '../lib/call.ts'
import type { Env } from '../lib/env.ts'
import { propagate } from '../lib/propagation.ts'
import { peerTimeoutMs, urlOf } from './peers.ts'

/** False too for a request without a token: whether one is needed is the mesh's to say. */
export async function isRevoked(env: Env, headers: Headers): Promise<boolean> {
  const authorization = headers.get('authorization')
  if (!authorization) return false
  const answer = await call(env, `${urlOf(env, 'authentication-ms')}/verify`, {
    headers: { ...propagate(headers), authorization },
    timeoutMs: peerTimeoutMs,
  })
  if (answer.status !== 200 && answer.status !== 401) throw new Error(`authentication-ms answered ${answer.status}`)
  return answer.status === 401
}
