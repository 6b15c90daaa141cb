// Passwords in the whole system: where they are kept, and that who is there can log in, whenever the runtime is killed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lendImages } from '../load/image-cache.ts'
import { type MeshCall, meshClient } from '../load/mesh-client.ts'
import { pause, startWorld, type World } from '../load/world.ts'
import { eventually, skiff, succeed } from './acceptance/skiff.ts'

const patience = 60
/** The runtime starts again and again. In milliseconds. */
const minutes = { timeout: 300_000 }
const [first, second] = ['correct horse', 'battery staple']
const stateDir = mkdtempSync(join(tmpdir(), 'skiff-passwords-'))
let world: World
let mesh: MeshCall

async function start(): Promise<void> {
  world = await startWorld({ stateDir })
  mesh = await meshClient(join(stateDir, 'api.sock'), 'assets')
}
async function killAndStart(): Promise<void> {
  process.kill(world.pid, 'SIGKILL')
  await world.stop()
  await start()
}
beforeAll(async () => {
  lendImages(stateDir)
  await start()
}, minutes.timeout)
afterAll(async () => {
  await world?.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

async function send(service: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const options = { method: body ? 'POST' : 'GET', headers: { 'content-type': 'application/json', ...headers } }
  return mesh(`http://${service}.assets.svc.cluster.local${path}`, {
    ...options,
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
}
const logIn = async (userId: string, password: string) =>
  (await send('authentication-ms', '/login', { userId, password })).status
const loggedIn = (userId: string, password: string) =>
  eventually(
    () => logIn(userId, password),
    status => status === 200,
    patience,
  )
const newUser = (id: string) =>
  send('user-management-ms', '/users', { id, email: `${id}@example.com`, password: first })

/** Files below the state folder that contain a text. */
function filesWith(text: string | RegExp): string[] {
  return readdirSync(stateDir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter(file => readFileSync(file, 'latin1').search(text) >= 0)
    .map(file => file.slice(stateDir.length + 1))
}

describe('passwords', minutes, () => {
  it('are known after the runtime was killed: the new one, and the old one no more', async () => {
    await succeed(skiff(stateDir, ['apply', '-f', 'eventing/assets/exercises/trigger-display.yaml']))
    expect((await newUser('ann')).status).toBe(201)
    await loggedIn('ann', first)
    const reset = { newPassword: second, currentPassword: first }
    expect((await send('user-management-ms', '/users/ann/password-reset', reset)).status).toBe(202)
    await killAndStart()
    await loggedIn('ann', second)
    expect(await logIn('ann', first)).toBe(401)
  })

  it('work for everybody who came to be, whenever the runtime was killed meanwhile', async () => {
    for (const [round, afterMs] of [5, 80].entries()) {
      await send('authentication-ms', '/hello')
      const asked = newUser(`killed-${round}`).catch(() => undefined)
      await pause(afterMs)
      await killAndStart()
      await asked
    }
    const hurry = { 'ce-id': 'now', 'ce-type': 'sweep', 'ce-source': 'test', 'ce-specversion': '1.0' }
    expect((await send('user-management-ms', '/sweep', {}, hurry)).status).toBe(200)
    const users = JSON.parse((await send('user-management-ms', '/users')).body) as { id: string }[]
    for (const id of ['killed-0', 'killed-1']) {
      // Who was not taken registers again; nothing is in the way.
      if (!users.some(user => user.id === id)) expect((await newUser(id)).status).toBe(201)
      await loggedIn(id, first)
    }
  })

  it('are nowhere in what was told, logged and kept, and what is made of them with the authentication alone', async () => {
    const shown = async () => (await skiff(stateDir, ['logs', 'event-display', '-n', 'greeting'])).out
    await eventually(shown, out => out.includes('killed-1@example.com'), patience)
    expect((await send('user-consumer', '/replay', {})).status).toBe(200)
    await world.stop()
    expect(filesWith('ann@example.com').length).toBeGreaterThan(2)
    for (const password of [first, second]) expect(filesWith(password)).toEqual([])
    const withHashes = filesWith(/scrypt\$\d+\$/)
    expect(withHashes.length).toBeGreaterThan(0)
    expect(withHashes.filter(file => !file.includes('authentication-ms'))).toEqual([])
  })
})
