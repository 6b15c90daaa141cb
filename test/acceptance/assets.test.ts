// The asset system, whole, on the project's own YAML: users, tokens, assets and what they measure.
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { MeshCall } from '../../load/mesh-client.ts'
import { type Plane, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'

const host = 'assetmanagement.greencompute.ibmcase.com'
const patience = 30

let plane: Plane
let mesh: MeshCall
beforeAll(async () => {
  plane = await startPlane('assets', 'greeting')
  mesh = await plane.caller('assets')
})
afterAll(() => plane?.stop())

const json = { 'content-type': 'application/json' }
const inside = (service: string, path: string, method = 'GET', body?: object, headers: Record<string, string> = {}) =>
  mesh(`http://${service}.assets.svc.cluster.local${path}`, {
    ...{ method, headers: { ...json, ...headers } },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
const outside = (path: string, method = 'GET', body?: object, headers: Record<string, string> = {}) =>
  plane.ask(host, path, {
    method,
    headers: { ...json, ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })

const password = 'correct horse'
async function userWith(id: string): Promise<void> {
  const email = `${id}@example.com`
  expect((await inside('user-management-ms', '/users', 'POST', { id, email, password })).status).toBe(201)
}
const logIn = (userId: string, secret = password) =>
  inside('authentication-ms', '/login', 'POST', { userId, password: secret })
async function tokenOf(userId: string): Promise<string> {
  const { body } = await eventually(
    () => logIn(userId),
    ({ status }) => status === 200,
    patience,
  )
  return (JSON.parse(body) as { token: string }).token
}
const verified = async (token: string) =>
  (await inside('authentication-ms', '/verify', 'GET', undefined, { authorization: `Bearer ${token}` })).status

describe('one host, three paths', () => {
  it('IBM-01 each names its service', async () => {
    const names = ['assetconsumer', 'assetdashboard', 'assetmgrms']
    const answers = await Promise.all(names.map(async name => JSON.parse((await outside(`/${name}/hello`)).body)))
    expect(answers).toEqual([
      { service: 'asset-consumer' },
      { service: 'asset-dashboard-bff' },
      { service: 'asset-mgr-ms' },
    ])
  })

  it('IBM-02, IBM-03, IBM-21 there are no others, and nobody else is public', async () => {
    for (const path of ['/other', '/assets', '/assetmgrmsx/hello']) expect((await outside(path)).status).toBe(404)
    expect((await plane.ask('authentication-ms.assets.localhost', '/')).status).toBe(404)
  })

  it.each(['events', '%65vents', './events', 'risk', 'sweep'])(
    'a stranger cannot deliver an event at %s',
    async path => {
      const event = { 'ce-id': 'e', 'ce-type': 'user.deleted', 'ce-source': 's', 'ce-specversion': '1.0' }
      const forged = { id: 'u1', recordVersion: 99 }
      for (const service of ['assetmgrms', 'assetdashboard']) {
        expect((await outside(`/${service}/${path}`, 'POST', forged, event)).status).toBe(404)
      }
    },
  )

  it('IBM-22, IBM-23 services find each other by name, in a namespace that is part of the mesh', async () => {
    expect((await inside('asset-mgr-ms', '/hello')).status).toBe(200)
    const { metadata } = await plane.get<{ metadata: { labels: Record<string, string> } }>('namespace', 'assets')
    expect(metadata.labels['istio-injection']).toBe('enabled')
  })
})

describe('assets', () => {
  it('IBM-04 are made, read, changed and removed', async () => {
    const asset = { id: '0001', type: 'pump-be', version: 'v.12', pressure: 100 }
    expect((await outside('/assetmgrms/assets', 'POST', asset)).status).toBe(201)
    expect(JSON.parse((await outside('/assetmgrms/assets/0001')).body)).toMatchObject({ ...asset, owner: null })
    expect((await outside('/assetmgrms/assets', 'POST', asset)).status).toBe(409)
    expect((await outside('/assetmgrms/assets/0001', 'PUT', { pressure: 120 })).status).toBe(200)
    expect((await outside('/assetmgrms/assets/0001', 'DELETE')).status).toBe(204)
    expect((await outside('/assetmgrms/assets/0001')).status).toBe(404)
  })

  it('IBM-05, IBM-13 are listed on the dashboard, and assessed when something about them changes', async () => {
    await outside('/assetmgrms/assets', 'POST', { id: '0002', type: 'pump-be' })
    expect(Array.isArray(JSON.parse((await outside('/assetdashboard/assets')).body))).toBe(true)
    await outside('/assetmgrms/assets/0002', 'PUT', { temperature: 120, pressure: 200 })
    const risk = async () => JSON.parse((await outside('/assetmgrms/assets/0002/risk')).body) as { riskRating: number }
    expect(await eventually(risk, ({ riskRating }) => riskRating > 0, patience)).toEqual({
      assetId: '0002',
      riskRating: 65,
    })
    const rated = async () => JSON.parse((await outside('/assetmgrms/assets/0002')).body) as { riskRating: number }
    await eventually(rated, ({ riskRating }) => riskRating === 65, patience)
    expect(JSON.parse((await outside('/assetmgrms/assets/nowhere/risk')).body)).toMatchObject({ riskRating: -1 })
  })

  it('IBM-27 are seen changing as it happens', async () => {
    const stream = await open('/assetdashboard/assets/stream')
    await stream.until(': watching')
    await outside('/assetmgrms/assets', 'POST', { id: 'LA03', type: 'pump-be' })
    await stream.until('event: asset.created')
    await stream.until('"id":"LA03"')
    stream.close()
  })

  it('measure themselves: the consumer tells the manager, and enters machines nobody knows', async () => {
    const event = { 'ce-id': 'm1', 'ce-type': 'asset.metric', 'ce-source': 'pump', 'ce-specversion': '1.0' }
    const broker = 'http://broker-ingress.knative-eventing.svc.cluster.local/assets/assets'
    const body = JSON.stringify({ assetId: 'LA77', temperature: 61, timeStamp: 'now' })
    expect((await mesh(broker, { method: 'POST', headers: { ...json, ...event }, body })).status).toBe(202)
    const found = async () => outside('/assetmgrms/assets/LA77')
    const { body: text } = await eventually(found, ({ status }) => status === 200, patience)
    expect(JSON.parse(text)).toMatchObject({ id: 'LA77', temperature: 61 })
  })
})

describe('users', () => {
  it('IBM-07, IBM-08 can log in once the authentication heard of them, and no more when they ended', async () => {
    expect((await logIn('u1')).status).toBe(401)
    await userWith('u1')
    const token = await tokenOf('u1')
    expect(await verified(token)).toBe(200)
    await outside('/assetmgrms/assets', 'POST', { id: 'of-u1', owner: 'u1' })
    expect((await inside('user-management-ms', '/users/u1', 'DELETE')).status).toBe(204)
    await eventually(
      () => logIn('u1'),
      ({ status }) => status === 401,
      patience,
    )
    expect(await verified(token)).toBe(401)
    const owner = async () => JSON.parse((await outside('/assetmgrms/assets/of-u1')).body).owner as string | null
    await eventually(owner, one => one === null, patience)
  })

  it('IBM-09 register themselves, and choose another password', async () => {
    const email = 'self@example.com'
    const registered = await outside('/assetdashboard/register', 'POST', { email, password })
    expect(registered.status).toBe(201)
    expect(registered.body).not.toContain('scrypt')
    const { id } = JSON.parse(registered.body) as { id: string }
    const token = await tokenOf(id)
    const reset = (body: object) => inside('user-management-ms', `/users/${id}/password-reset`, 'POST', body)
    expect((await reset({ currentPassword: 'wrong one', newPassword: 'another horse' })).status).toBe(403)
    expect((await reset({ currentPassword: password, newPassword: 'another horse' })).status).toBe(202)
    await eventually(
      () => logIn(id),
      ({ status }) => status === 401,
      patience,
    )
    expect((await logIn(id, 'another horse')).status).toBe(200)
    expect(await verified(token)).toBe(401)
  })

  it('log out for good', async () => {
    await userWith('leaver')
    const token = await tokenOf('leaver')
    await inside('authentication-ms', '/logout', 'POST', {}, { authorization: `Bearer ${token}` })
    expect(await verified(token)).toBe(401)
    expect((await outside('/assetmgrms/assets', 'GET', undefined, { authorization: `Bearer ${token}` })).status).toBe(
      401,
    )
  })

  it('IBM-10 have a profile', async () => {
    await userWith('u2')
    const profile = { name: 'Two', city: 'Lisbon' }
    expect((await inside('user-management-ms', '/users/u2/profile', 'PUT', profile)).status).toBe(200)
    expect(JSON.parse((await inside('user-management-ms', '/users/u2/profile')).body)).toEqual(profile)
  })

  it('IBM-19 are known as they were changed last, however many changes there are', async () => {
    await userWith('busy')
    for (let count = 1; count <= 20; count++) {
      await inside('user-management-ms', '/users/busy', 'PUT', { email: `busy${count}@example.com` })
    }
    const known = () => inside('authentication-ms', '/login', 'POST', { email: 'busy20@example.com', password })
    await eventually(known, ({ status }) => status === 200, patience)
    expect(
      (await inside('authentication-ms', '/login', 'POST', { email: 'busy19@example.com', password })).status,
    ).toBe(401)
  })

  it('try a password so often and no more', async () => {
    const statuses: number[] = []
    for (let tries = 0; tries < 12; tries++) statuses.push((await logIn('nobody', 'wrong password')).status)
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    expect((await logIn('nobody')).headers['retry-after']).toMatch(/^\d+$/)
  })
})

describe('applications', () => {
  it('IBM-11, IBM-12 decide who may do what, and nobody may by default', async () => {
    const allowed = async (app: string) =>
      JSON.parse((await inside('app-authorization-ms', `/authorize?user=u7&app=${app}&action=read`)).body) as object
    expect(await allowed('unknown')).toEqual({ allowed: false })
    const permissions = [{ action: 'read', users: ['u7'] }]
    await inside('config-management-ms', '/applications', 'POST', { id: 'dash', permissions })
    await eventually(
      () => allowed('dash'),
      answer => JSON.stringify(answer) === '{"allowed":true}',
      patience,
    )
    await inside('config-management-ms', '/applications/dash', 'DELETE')
    await eventually(
      () => allowed('dash'),
      answer => JSON.stringify(answer) === '{"allowed":false}',
      patience,
    )
  })
})

describe('the past', () => {
  it('IBM-16, IBM-18 is answered from what was told', async () => {
    const { items } = await plane.get<{ items: { spec: { broker: string } }[] }>('trigger', '-n', 'assets')
    expect(items.filter(({ spec }) => spec.broker === 'users').length).toBeGreaterThanOrEqual(2)
    const month = new Date().toISOString().slice(0, 7)
    const users = JSON.parse((await inside('user-management-ms', '/users')).body) as object[]
    const added = async () =>
      JSON.parse((await inside('stats', `/stats/users-added?month=${month}`)).body) as { count: number }
    // One of them ended.
    await eventually(added, ({ count }) => count === users.length + 1, patience)
    expect((await inside('stats', '/stats/users-added?month=soon')).status).toBe(400)
  })

  it('IBM-17 is replayed in order to whoever comes late, and to a read model that was lost', async () => {
    const { status, body } = await inside('user-consumer', '/replay', 'POST')
    expect(status).toBe(200)
    expect((JSON.parse(body) as { replayed: number }).replayed).toBeGreaterThan(20)
    expect((await logIn('u2')).status).toBe(200)
    const again = await inside('user-consumer', '/replay', 'POST', {
      sink: 'http://stats.assets.svc.cluster.local/events',
    })
    expect(again.body).toBe(body)
  })

  it('IBM-15 is told with the whole record', async () => {
    await plane.apply('eventing/assets/exercises/trigger-display.yaml')
    await userWith('u9')
    const shown = () => plane.logs('event-display', 'greeting')
    const text = await eventually(shown, out => out.includes('u9@example.com'), patience)
    expect(text).toContain('user.created')
  })
})

describe('what goes wrong', () => {
  it('IBM-20 an end that cannot be carried through is undone', async () => {
    await userWith('kept')
    await tokenOf('kept')
    await outside('/assetmgrms/assets', 'POST', { id: 'of-kept', owner: 'kept' })
    // The step that releases the assets is led to where nobody answers.
    const broken = `
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: user-ended, namespace: assets }
spec:
  broker: users
  filter: { attributes: { type: user.deleted } }
  subscriber:
    ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: asset-mgr-ms, namespace: assets }
    uri: /nowhere
  delivery:
    retry: 1
    backoffPolicy: linear
    backoffDelay: PT0.1S
    deadLetterSink:
      ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: user-management-ms, namespace: assets }
      uri: /deletion-failed
`
    await plane.apply(parse(broken) as object)
    await inside('user-management-ms', '/users/kept', 'DELETE')
    const known = () => inside('user-management-ms', '/users/kept')
    await eventually(known, ({ status }) => status === 200, patience)
    await eventually(
      () => logIn('kept'),
      ({ status }) => status === 200,
      patience,
    )
    expect(JSON.parse((await outside('/assetmgrms/assets/of-kept')).body).owner).toBe('kept')
    await plane.apply('eventing/assets/trigger-user-ended.yaml')
  })

  it('IBM-24 where tokens are asked for, only those with a good one get through', async () => {
    await userWith('secured')
    const token = await tokenOf('secured')
    await plane.rules('assets', 'secured')
    await eventually(
      () => outside('/assetmgrms/assets'),
      ({ status }) => status === 403,
      patience,
    )
    const bearer = (value: string) =>
      outside('/assetmgrms/assets', 'GET', undefined, { authorization: `Bearer ${value}` })
    expect((await bearer(token)).status).toBe(200)
    expect((await bearer(`${token}x`)).status).toBe(401)
    expect((await outside('/assetdashboard/')).status).toBe(200)
    await plane.rules('assets', 'open')
    await eventually(
      () => outside('/assetmgrms/assets'),
      ({ status }) => status === 200,
      patience,
    )
  })

  it('IBM-06 without its manager the dashboard shows nothing, and says so', async () => {
    await plane.remove('ksvc', 'asset-mgr-ms', '-n', 'assets')
    const { status, body, headers } = await eventually(
      () => outside('/assetdashboard/assets'),
      answer => 'x-degraded' in answer.headers,
      patience,
    )
    expect([status, body, headers['x-degraded']]).toEqual([200, '[]', 'asset-mgr-ms'])
  })
})

/** A stream that is read until something comes. */
async function open(path: string) {
  let text = ''
  const { promise, resolve, reject } = Promise.withResolvers<() => void>()
  const sent = request({ ...plane.ingress, path, headers: { host } }, response => {
    response.setEncoding('utf8').on('data', part => {
      text += part
    })
    response.on('error', () => {})
    resolve(() => response.destroy())
  })
  sent.on('error', reject).end()
  const close = await promise
  return {
    close,
    until: (wanted: string) =>
      eventually(
        () => text,
        seen => seen.includes(wanted),
        patience,
      ),
  }
}
