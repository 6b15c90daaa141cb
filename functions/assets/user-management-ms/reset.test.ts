import { afterEach, beforeEach, expect, it } from 'vitest'
import { cacheOf } from '../../lib/cache.ts'
import type { Env } from '../../lib/env.ts'
import { hashPassword, isPassword } from '../../lib/passwords.ts'
import { storeOf } from '../../lib/stores.ts'
import { Records } from '../records.ts'
import { resetCredential } from './reset.ts'
import { owner, type User } from './user.ts'

let env: Env
let users: Records<User>
beforeEach(async () => {
  env = { STORE_PATH: ':memory:', LOG_LEVEL: 'silent' }
  users = new Records<User>(owner, env, {})
  const fields = { email: 'ann@example.com', profile: {}, credential: await hashPassword('old password') }
  await users.create('ann', { ...fields, sessionsFrom: 0 })
})
afterEach(async () => (await storeOf(env))?.close())

const ask = (body?: object, id = 'ann') =>
  resetCredential(users, id, { env, req: { text: async () => (body ? JSON.stringify(body) : '') } })
const sent = async (id = 'ann') => (await (await cacheOf(env)).get(`reset-token:${id}`)) as string | undefined
const has = async (password: string) => isPassword(password, (await users.get('ann'))?.credential)

it('what was sent stands for the user, once', async () => {
  await ask()
  const resetToken = await sent()
  await ask({ newPassword: 'new password', resetToken })
  expect(await has('new password')).toBe(true)
  await expect(ask({ newPassword: 'yet another', resetToken })).rejects.toMatchObject({ status: 403 })
  expect(await has('new password')).toBe(true)
})

it('only the last that was sent counts', async () => {
  await ask()
  const first = await sent()
  await ask()
  await expect(ask({ newPassword: 'new password', resetToken: first })).rejects.toMatchObject({ status: 403 })
  await ask({ newPassword: 'new password', resetToken: await sent() })
  expect(await has('new password')).toBe(true)
})

it('nothing is sent for who is not there', async () => {
  await ask(undefined, 'nobody')
  expect(await sent('nobody')).toBeUndefined()
})

it.each([
  ['nothing that proves anything', {}, 403],
  ['a token where none was sent', { resetToken: 'x' }, 403],
  ['a token that is no text', { resetToken: null }, 403],
  ['a wrong password', { currentPassword: 'wrong password' }, 403],
  ['a new password that is too short', { newPassword: 'short', currentPassword: 'old password' }, 400],
])('with %s it stays as it was', async (_, given, status) => {
  await expect(ask({ newPassword: 'new password', ...given })).rejects.toMatchObject({ status })
  expect(await has('old password')).toBe(true)
})

it('every session from before ends', async () => {
  const before = Date.now()
  await ask({ newPassword: 'new password', currentPassword: 'old password' })
  expect((await users.get('ann'))?.sessionsFrom).toBeGreaterThanOrEqual(before)
})
