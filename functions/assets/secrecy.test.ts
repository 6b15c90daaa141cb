// Where passwords go, searched for in everything that leaves a service: events, histories, logs, answers, and its store.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AssetSystem, openAssetSystem, type Surroundings } from './assets-under-test.ts'

const password = 'correct horse'
const [second, third] = ['battery staple', 'päßwörd 🐴 naïve']
let folder: string
let system: AssetSystem
let listener: Server
let posted: string[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assets-'))
  posted = []
  listener = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    posted.push(body)
    response.end()
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await system?.close()
  listener.close().closeAllConnections()
  rmSync(folder, { recursive: true })
})

const elsewhere = () => `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
async function opened(surroundings: Surroundings = {}): Promise<void> {
  system = await openAssetSystem({ folder, ...surroundings })
}
/** Every answer, headers and all, is kept for the search. */
const answers: string[] = []
async function send(service: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const given = typeof body === 'string' ? body : JSON.stringify(body ?? {})
  const answer = await fetch(`${system.urls[service]}${path}`, { method: 'POST', headers, body: given })
  const text = await answer.text()
  answers.push(JSON.stringify([...answer.headers]), text)
  return { status: answer.status, body: text }
}
const ann = { id: 'ann', email: 'ann@example.com', password }
const logIn = async (secret: string) =>
  (await send('authentication-ms', '/login', { userId: 'ann', password: secret })).status
const reset = (body: object | string) => send('user-management-ms', '/users/ann/password-reset', body)
const event = (id: string, type: string) => ({
  ...{ 'ce-id': id, 'ce-type': type, 'ce-source': 'test', 'ce-specversion': '1.0' },
  'content-type': 'application/json',
})

/** What is on the disk of the services whose name passes. */
const kept = (wanted: (file: string) => boolean) =>
  readdirSync(folder)
    .filter(wanted)
    .map(file => readFileSync(join(folder, file)).toString('utf8'))
    .join()

describe('a password, and what is kept of it', () => {
  it('is found with the authentication alone, whatever is done with it', async () => {
    answers.length = 0
    await opened({ env: { MAIL_URL: elsewhere() } })
    await send('asset-dashboard-bff', '/register', ann)
    await send('user-management-ms', '/users', ann)
    await send('user-management-ms', '/users', `{"password":"${password}",`)
    await send('user-management-ms', '/users', { ...ann, id: '../x' })
    await system.settled()
    expect(await logIn(password)).toBe(200)
    await send('authentication-ms', '/login', `["${password}"`)
    expect((await reset({ newPassword: second, currentPassword: password })).status).toBe(202)
    await reset({ newPassword: third, currentPassword: password })
    expect((await reset('')).status).toBe(202)
    await expect.poll(() => posted.length).toBe(1)
    const resetToken = /token: ([\w-]+)/.exec(posted[0] ?? '')?.[1]
    expect((await reset({ newPassword: third, resetToken })).status).toBe(202)
    await system.settled()
    expect([await logIn(second), await logIn(third)]).toEqual([401, 200])
    await fetch(`${system.urls['user-management-ms']}/users/ann`, { method: 'DELETE' })
    await send('user-management-ms', '/deletion-failed', { id: 'ann', recordVersion: 4 }, event('e', 'user.deleted'))
    await system.settled()
    expect(await logIn(third)).toBe(200)
    await system.tell('user.created', { id: 'ann', password })
    await system.settled()
    system.told.pop()
    await send('user-consumer', '/replay', { sink: elsewhere() })

    const said = [...system.told, ...system.logged, ...posted.slice(1), ...answers].join('\n')
    expect(system.told.length).toBeGreaterThanOrEqual(5)
    expect(posted.length).toBeGreaterThan(5)
    expect(said).toContain('ann@example.com')
    const elsewhereKept = kept(file => !file.startsWith('authentication-ms'))
    expect(elsewhereKept).toContain('ann@example.com')
    const hashes = kept(file => file.startsWith('authentication-ms')).match(/scrypt\$[\w$-]{40,}/g) ?? []
    expect(new Set(hashes).size).toBeGreaterThanOrEqual(3)
    const parts = hashes.flatMap(hash => hash.split('$').slice(-2))
    for (const secret of [password, second, third, 'scrypt', ...parts, resetToken ?? '']) {
      expect(said).not.toContain(secret)
      expect(elsewhereKept).not.toContain(secret)
    }
    for (const plain of [password, second, third]) expect(kept(() => true)).not.toContain(plain)
  })
})

describe('a user that is there can log in', () => {
  it('after everything was started anew', async () => {
    await opened()
    await send('user-management-ms', '/users', ann)
    await system.settled()
    await system.close()
    await opened()
    expect([await logIn(password), await logIn(second)]).toEqual([200, 401])
    await reset({ newPassword: second, currentPassword: password })
    await system.settled()
    await system.close()
    await opened()
    expect([await logIn(password), await logIn(second)]).toEqual([401, 200])
  })

  it('once the broker is back, even if everything ended before it was told', async () => {
    let isOpen = false
    await opened({ isOpen: () => isOpen })
    expect((await send('user-management-ms', '/users', ann)).status).toBe(503)
    expect(await logIn(password)).toBe(401)
    await system.close()
    isOpen = true
    await opened({ isOpen: () => isOpen })
    await send('user-management-ms', '/sweep', {}, event('s', 'sweep'))
    await system.settled()
    expect(await logIn(password)).toBe(200)
  })

  it('with the password of who came to be, not of who tried before', async () => {
    await opened()
    await send('authentication-ms', '/credentials', { userId: 'ann', password: third })
    expect((await send('user-management-ms', '/users', ann)).status).toBe(201)
    expect((await send('user-management-ms', '/users', { ...ann, password: second })).status).toBe(409)
    await send('authentication-ms', '/credentials', { userId: 'ann', password: second })
    await system.settled()
    expect(await Promise.all([password, second, third].map(logIn))).toEqual([200, 401, 401])
  })

  it('and does not come to be while the password cannot be kept', async () => {
    await opened({ env: { AUTHENTICATION_MS_URL: 'http://127.0.0.1:1' } })
    expect((await send('user-management-ms', '/users', ann)).status).toBe(503)
    expect((await fetch(`${system.urls['user-management-ms']}/users/ann`)).status).toBe(404)
    expect(system.told).toEqual([])
  })
})
