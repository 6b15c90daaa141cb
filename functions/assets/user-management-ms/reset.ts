// A new password: for whoever knows the present one, or has what was sent to the user's address.

import { cacheOf } from '../../lib/cache.ts'
import type { Env } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { hashPassword, isPassword } from '../../lib/passwords.ts'
import type { Records } from '../records.ts'
import { objectIn, refuse } from '../service.ts'
import { passwordIn, type User } from './user.ts'

/** How long what was sent stands for the user, in milliseconds. */
const tokenMs = 15 * 60_000

interface Call {
  env: Env
  req: { text(): Promise<string> }
}

/**
 * With `{ newPassword, currentPassword }` or `{ newPassword, resetToken }` the password is another one, and every session
 * ends. With an empty body a token is sent to the user; whether there is one is not told.
 */
export async function resetCredential(users: Records<User>, id: string, { env, req }: Call): Promise<void> {
  const text = await req.text()
  if (text === '') return send(env, await users.get(id))
  const given = await objectIn({ text: async () => text })
  const password = passwordIn(given, 'newPassword')
  const user = await users.get(id)
  if (!(await isAllowed(env, id, user?.credential, given)) || !user)
    throw refuse(403, 'the present password or reset token is wrong')
  const credential = await hashPassword(password)
  const sessionsFrom = Date.now()
  await users.update(id, () => ({ credential, sessionsFrom }))
}

/** Takes as long whether there is such a user or not. */
async function isAllowed(
  env: Env,
  id: string,
  credential: string | undefined,
  { currentPassword, resetToken }: Record<string, unknown>,
): Promise<boolean> {
  if (typeof currentPassword === 'string') return isPassword(currentPassword, credential)
  if (typeof resetToken !== 'string') return false
  const cache = await cacheOf(env)
  const sent = await cache.get(keyOf(id))
  if (sent !== resetToken) return false
  await cache.delete(keyOf(id))
  return true
}

/** There is no mail server here: the log is the mail. */
async function send(env: Env, user: User | undefined): Promise<void> {
  if (!user) return
  const token = crypto.randomUUID()
  await (await cacheOf(env)).set(keyOf(user._id), token, tokenMs)
  logOf(env).info('mail with a reset token', { to: user.email, token })
}

const keyOf = (id: string) => `reset-token:${id}`
