// Whether the token a request came with still counts: asked of who issued it, each time.
import type { Env } from '../lib/env.ts'
import { propagate } from '../lib/propagation.ts'
import { ask } from './peers.ts'

/** False too for a request without a token: whether one is needed is the mesh's to say. */
export async function isRevoked(env: Env, headers: Headers): Promise<boolean> {
  const authorization = headers.get('authorization')
  if (!authorization) return false
  const answer = await ask(env, 'authentication-ms', '/verify', { headers: { ...propagate(headers), authorization } })
  if (answer.status !== 200 && answer.status !== 401) throw new Error(`authentication-ms answered ${answer.status}`)
  return answer.status === 401
}
