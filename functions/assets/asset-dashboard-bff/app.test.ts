import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Env } from '../../lib/env.ts'
import { openAssets } from '../services-under-test.ts'

/** Peers that answer what the test says, and note what they were asked. */
let answers: Record<string, () => Response>
let asked: { path: string; headers: Headers; body: string }[]
const standIn = () =>
  new Hono<{ Bindings: Env }>().all('*', async c => {
    asked.push({ path: `${c.req.method} ${c.req.path}`, headers: c.req.raw.headers, body: await c.req.text() })
    return answers[c.req.path]?.() ?? Response.json({ error: 'no such path' }, { status: 404 })
  })
const peers = ['asset-mgr-ms', 'authentication-ms', 'user-management-ms'] as const
const opened = () =>
  openAssets(['asset-dashboard-bff', ...peers], Object.fromEntries(peers.map(peer => [peer, standIn()])))
let system: ReturnType<typeof opened>
beforeEach(() => {
  answers = { '/verify': () => Response.json({ userId: 'ann' }) }
  asked = []
  system = opened()
})
afterEach(() => system.close())

const authorization = 'Bearer a.b.c'
const get = (path: string, headers = {}) => system.send('asset-dashboard-bff', 'GET', path, undefined, headers)

describe('the list of assets', () => {
  it('is the manager’s; token, trace and address go along, nothing else', async () => {
    answers['/assets'] = () => Response.json([{ id: 'ä🐴' }])
    const headers = {
      authorization,
      'x-request-id': 'r1',
      'x-envoy-external-address': '203.0.113.7',
      cookie: 'secret=1',
    }
    expect((await get('/assets', headers)).body).toEqual([{ id: 'ä🐴' }])
    const sent = Object.fromEntries(asked[0]?.headers ?? [])
    expect(sent).toMatchObject({ authorization, 'x-request-id': 'r1', 'x-envoy-external-address': '203.0.113.7' })
    expect(sent).not.toHaveProperty('cookie')
  })

  it.each([
    ['fails', () => new Response('stack trace', { status: 500 })],
    ['forbids it', () => new Response('', { status: 403 })],
    ['answers what is no list', () => new Response(null, { status: 302, headers: { location: '/login' } })],
    ['is away', undefined],
  ])('is empty, and says so, when the manager %s', async (_, answer) => {
    if (answer) answers['/assets'] = answer
    else system.away.add('asset-mgr-ms')
    const { status, body, headers } = await get('/assets')
    expect([status, body, headers.get('x-degraded')]).toEqual([200, [], 'asset-mgr-ms'])
    expect(system.logged.map(line => JSON.parse(line).msg)).toEqual(['assets unknown'])
  })

  it('is refused to whose token was revoked, as the manager refuses it', async () => {
    answers['/assets'] = () => Response.json({ error: 'the token was revoked' }, { status: 401 })
    const { status, headers } = await get('/assets', { authorization })
    expect([status, headers.has('x-degraded')]).toEqual([401, false])
  })
})

describe('what is handed on', () => {
  it.each([
    ['/login', 'POST /login'],
    ['/logout', 'POST /logout'],
    ['/register', 'POST /users/register'],
  ])('%s goes to %s, body and answer as they are', async (path, peerPath) => {
    const headers = { 'retry-after': '7', 'www-authenticate': 'Bearer', 'set-cookie': 'x=1', 'x-internal': 'yes' }
    answers[peerPath.slice(5)] = () => Response.json({ error: 'too many tries' }, { status: 429, headers })
    const body = '{"password":"„not even JSON'
    const answer = await system.send('asset-dashboard-bff', 'POST', path, body)
    expect(asked).toMatchObject([{ path: peerPath, body }])
    expect([answer.status, answer.body]).toEqual([429, { error: 'too many tries' }])
    expect(Object.fromEntries(answer.headers)).toEqual({
      ...{ 'content-type': 'application/json', 'retry-after': '7', 'www-authenticate': 'Bearer' },
    })
  })

  it('is 503 when nobody answers, and no log has what was in it', async () => {
    system.away.add('authentication-ms')
    const { status, body } = await system.send('asset-dashboard-bff', 'POST', '/login', { password: 'correct horse' })
    expect([status, body]).toEqual([503, { error: 'not now' }])
    expect(system.logged.join()).not.toContain('horse')
  })
})

describe('the stream', () => {
  const text = async (answer: Response, until: string) => {
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    while (!seen.includes(until)) seen += (await reader?.read())?.value ?? '(ended)'
    await reader?.cancel()
    return seen
  }

  it('tells each change to all who watch', async () => {
    const watching = await Promise.all([1, 2, 3].map(() => system.request('asset-dashboard-bff', '/assets/stream')))
    const data = { id: 'a', recordVersion: 1, type: 'line\nbreak 🐴' }
    expect((await system.deliver('asset-dashboard-bff', '/events', { type: 'asset.created', data })).status).toBe(200)
    for (const answer of watching) {
      expect(await text(answer, '\n\nevent: asset.created')).toContain(': watching')
    }
  })

  it('is none for a token that was revoked, nor while nobody can tell', async () => {
    answers['/verify'] = () => new Response('', { status: 401 })
    expect((await get('/assets/stream', { authorization })).status).toBe(401)
    answers['/verify'] = () => new Response('', { status: 500 })
    expect((await get('/assets/stream', { authorization })).status).toBe(503)
    system.away.add('authentication-ms')
    expect((await get('/assets/stream', { authorization })).status).toBe(503)
  })

  it('takes no event without an asset in it', async () => {
    for (const data of ['{', {}, null]) {
      expect((await system.deliver('asset-dashboard-bff', '/events', { type: 'asset.created', data })).status).toBe(400)
    }
  })
})
