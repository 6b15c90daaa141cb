// A new password: for whoever knows the present one, or has what was sent to the user's address.
import { cacheOf } from '../../lib/cache.ts'
import type { Env } from '../../lib/env.ts'
import { passwordIn } from '../password.ts'
import type { Records } from '../records.ts'
import { objectIn, refuse } from '../service.ts'
import { type Caller, isKept, keepPassword } from './credential.ts'
import { sendMail } from './mail.ts'
import type { User } from './user.ts'

/** How long what was sent stands for the user, in milliseconds. */
const tokenMs = 15 * 60_000

export interface Asking extends Caller {
  users: Records<User>
  id: string
  /** For what the answer does not wait for. */
  after(work: Promise<void>): void
}

/**
 * With `{ newPassword, currentPassword }` or `{ newPassword, resetToken }` the password is another one, and every session
 * ends. With an empty body a token is sent to the user; whether there is one is not told, nor to be seen from the time.
 */
export async function resetPassword(asking: Asking, text: string): Promise<void> {
  const { users, id, env, after } = asking
  const user = await users.get(id)
  if (text === '') return after(send(env, user))
  const given = await objectIn({ text: async () => text })
  const password = passwordIn(given, 'newPassword')
  if (!(await isAllowed(asking, user, given)) || !user) throw wrong()
  const credentialId = await keepPassword(asking, id, password)
  // Of two at once one wins: what the other one proved does not hold any more.
  const changed = await users.update(id, found =>
    found.credentialId === user.credentialId ? { credentialId } : undefined,
  )
  if (!changed) throw wrong()
}

const wrong = () => refuse(403, 'the present password or reset token is wrong')

/** Takes as long whether there is such a user or not. */
async function isAllowed(
  asking: Asking,
  user: User | undefined,
  { currentPassword, resetToken }: Record<string, unknown>,
): Promise<boolean> {
  if (typeof currentPassword === 'string') return isKept(asking, user?.credentialId ?? 'none', currentPassword)
  if (typeof resetToken !== 'string') return false
  const [cache, key] = [await cacheOf(asking.env), keyOf(asking.id)]
  if ((await cache.get(key)) !== (await digestOf(resetToken))) return false
  await cache.delete(key)
  return true
}

async function send(env: Env, user: User | undefined): Promise<void> {
  if (!user) return
  const token = crypto.randomUUID()
  await (await cacheOf(env)).set(keyOf(user._id), await digestOf(token), tokenMs)
  await sendMail(env, { to: user.email, subject: 'A new password', text: `Your reset token: ${token}` })
}

const keyOf = (id: string) => `reset-token:${id}`

/**
 * Kept instead of the token: who reads the cache has nothing to use. And nobody can learn a digest letter by letter from
 * how long a comparison takes, because nobody can choose one.
 */
async function digestOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}
