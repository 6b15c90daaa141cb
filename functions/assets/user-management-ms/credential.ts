// The password of a user goes to authentication-ms alone, and directly: the record, and what is told of it, only names what it is kept as.
import type { Env } from '../../lib/env.ts'
import { ask } from '../peers.ts'

/** Who is asked, and with which headers to hand on. */
export interface Caller {
  env: Env
  headers: Record<string, string>
}

/**
 * Has a password kept, and gives the id it is kept under. Rejects when that is not certain: then the user stays as it
 * was, or does not come to be, and whoever asked tries again.
 */
export async function keepPassword({ env, headers }: Caller, userId: string, password: string): Promise<string> {
  const body = { userId, password }
  const answer = await ask(env, 'authentication-ms', '/credentials', { method: 'POST', headers, body })
  const { id } = answer.status === 201 ? ((await answer.json()) as { id?: unknown }) : {}
  if (typeof id === 'string') return id
  throw new Error(`authentication-ms answered ${answer.status} to a password for ${userId}`)
}

/** Whether it is the password that was kept. Takes as long for an id under which there is none. */
export async function isKept({ env, headers }: Caller, id: string, password: string): Promise<boolean> {
  const path = `/credentials/${encodeURIComponent(id)}/check`
  const answer = await ask(env, 'authentication-ms', path, { method: 'POST', headers, body: { password } })
  if (answer.status !== 200) throw new Error(`authentication-ms answered ${answer.status} to a check of ${id}`)
  return ((await answer.json()) as { right?: unknown }).right === true
}
