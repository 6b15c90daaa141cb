import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheOf } from '../../lib/cache.ts'
import type { Env } from '../../lib/env.ts'
import { Records } from '../records.ts'
import { openAssets } from '../services-under-test.ts'
import { isKept, keepPassword } from './credential.ts'
import { resetPassword } from './reset.ts'
import { owner, type User } from './user.ts'

const opened = () => openAssets(['user-management-ms', 'authentication-ms'])
const headers = {}
let system: ReturnType<typeof opened>
let env: Env
let users: Records<User>
beforeEach(async () => {
  system = opened()
  env = system.envs['user-management-ms']
  users = new Records<User>(owner, env, headers)
  const credentialId = await keepPassword({ env, headers }, 'ann', 'old password')
  await users.create('ann', { email: 'ann@example.com', profile: {}, credentialId })
})
afterEach(() => system.close())

async function ask(body?: object, id = 'ann'): Promise<void> {
  const works: Promise<void>[] = []
  const after = (work: Promise<void>) => void works.push(work)
  await resetPassword({ env, headers, users, id, after }, body ? JSON.stringify(body) : '')
  await Promise.all(works)
}
/** The token in the last mail: on a developer's machine the log is the mailbox. */
const sent = () => /reset token: ([\w-]+)/.exec(system.logged.at(-1) ?? '')?.[1]
const has = async (password: string) => isKept({ env, headers }, (await users.get('ann'))?.credentialId ?? '', password)

describe('what was sent', () => {
  it('stands for the user, once', async () => {
    await ask()
    const resetToken = sent()
    await ask({ newPassword: 'new password', resetToken })
    expect(await has('new password')).toBe(true)
    await expect(ask({ newPassword: 'yet another', resetToken })).rejects.toMatchObject({ status: 403 })
    expect(await has('new password')).toBe(true)
  })

  it('counts only if it was the last', async () => {
    await ask()
    const first = sent()
    await ask()
    await expect(ask({ newPassword: 'new password', resetToken: first })).rejects.toMatchObject({ status: 403 })
    await ask({ newPassword: 'new password', resetToken: sent() })
    expect(await has('new password')).toBe(true)
  })

  it('is not what is kept of it', async () => {
    await ask()
    const kept = await (await cacheOf(env)).get('reset-token:ann')
    expect(kept).toMatch(/^[0-9a-f]{64}$/)
    await expect(ask({ newPassword: 'new password', resetToken: kept })).rejects.toMatchObject({ status: 403 })
  })

  it('is nothing for who is not there', async () => {
    await ask(undefined, 'nobody')
    expect(system.logged).toEqual([])
  })

  it('goes to the mail service where there is one; that it does not answer is logged without what was sent', async () => {
    env.MAIL_URL = 'http://mail/send'
    await ask()
    expect(system.logged.map(line => JSON.parse(line))).toMatchObject([{ level: 'error', msg: 'mail not sent' }])
    expect(system.logged[0]).not.toMatch(/reset token|ann@example/)
  })

  it('is in no log of a cluster', async () => {
    env.KUBERNETES_SERVICE_HOST = '10.0.0.1'
    await ask()
    expect(system.logged.map(line => JSON.parse(line))).toMatchObject([{ level: 'warn', subject: 'A new password' }])
    expect(system.logged[0]).not.toMatch(/reset token|ann@example/)
  })
})

it.each([
  ['nothing that proves anything', {}, 403],
  ['a token where none was sent', { resetToken: 'x' }, 403],
  ['a token that is no text', { resetToken: null }, 403],
  ['a wrong password', { currentPassword: 'wrong password' }, 403],
  ['a password that is no text', { currentPassword: { $ne: '' } }, 403],
  ['a new password that is too short', { newPassword: 'short', currentPassword: 'old password' }, 400],
  ['a new password that is no text', { newPassword: 12_345_678, currentPassword: 'old password' }, 400],
])('with %s it stays as it was', async (_, given, status) => {
  await expect(ask({ newPassword: 'new password', ...given })).rejects.toMatchObject({ status })
  expect(await has('old password')).toBe(true)
})

it('of two new passwords at once one is taken', async () => {
  const both = ['first choice', 'other choice'].map(newPassword =>
    ask({ newPassword, currentPassword: 'old password' }),
  )
  const outcomes = (await Promise.allSettled(both)).map(({ status }) => status)
  expect(outcomes.toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await has(outcomes[0] === 'fulfilled' ? 'first choice' : 'other choice')).toBe(true)
})

it('without the authentication nothing changes, and the user may try again', async () => {
  system.away.add('authentication-ms')
  const request = { newPassword: 'new password', currentPassword: 'old password' }
  await expect(ask(request)).rejects.not.toHaveProperty('status')
  system.away.clear()
  expect(await has('old password')).toBe(true)
  await ask(request)
  expect(await has('new password')).toBe(true)
})
