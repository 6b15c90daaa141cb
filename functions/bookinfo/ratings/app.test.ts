import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Env } from '../../lib/env.ts'
import { openSqliteStore } from '../../lib/sqlite-store.ts'
import app, { surroundings } from './app.ts'
import { keepRatings, ratingsOf } from './stored-ratings.ts'

let folder: string
let env: Env
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratings-'))
  env = { LOG_LEVEL: 'silent', STORE_PATH: join(folder, 'store.db') }
})
afterEach(() => rmSync(folder, { recursive: true }))

const get = async (id = '0', of = env) => {
  const answer = await app.request(`/ratings/${id}`, {}, of)
  return { status: answer.status, body: await answer.text() }
}
const post = async (body: string, id = '0', of = env) => {
  const answer = await app.request(`/ratings/${id}`, { method: 'POST', body }, of)
  return { status: answer.status, body: await answer.text() }
}

describe('ratings', () => {
  it('BKI-06: before anybody rated', async () => {
    expect(await get()).toEqual({ status: 200, body: '{"id":0,"ratings":{"Reviewer1":5,"Reviewer2":4}}' })
  })

  it('BKI-08: what is posted is given back, then and later, also by another instance', async () => {
    const stored = { status: 200, body: '{"id":0,"ratings":{"Reviewer1":1,"Reviewer2":2}}' }
    expect(await post('{"Reviewer1":1,"Reviewer2":2}')).toEqual(stored)
    expect(await get()).toEqual(stored)
    expect(await get('0', { ...env })).toEqual(stored)
    expect((await get('1')).body).toContain('"Reviewer1":5')
  })

  it('the last one counts', async () => {
    await post('{"Reviewer1":1}')
    await post('{"Reviewer2":3}')
    expect((await get()).body).toBe('{"id":0,"ratings":{"Reviewer2":3}}')
  })

  it('two instances that rate at once leave one of the two, whole', async () => {
    const stores = await Promise.all([1, 2].map(() => openSqliteStore(join(folder, 'shared.db'))))
    await Promise.all(stores.map((store, at) => keepRatings(store, 0, { Reviewer1: at, Reviewer2: at })))
    const { Reviewer1, Reviewer2 } = await ratingsOf(stores[0], 0)
    expect(Reviewer1).toBe(Reviewer2)
    for (const store of stores) await store.close()
  })

  it.each(['', '{', '[]', '"five"', 'null', '{"Reviewer1":"5"}', '{"Reviewer1":6}', '{"Reviewer1":-1}', '{"a":1.5}'])(
    'BKI-08: %j is no rating',
    async body => {
      expect(await post(body)).toEqual({ status: 400, body: '{"error":"please provide valid ratings JSON"}' })
      expect((await get()).body).toContain('"Reviewer1":5')
    },
  )

  it.each(['x', '1e3', '0x1', '%2F'])('BKI-07: %s is no product', async id => {
    const refused = { status: 400, body: '{"error":"please provide numeric product ID"}' }
    expect(await get(id)).toEqual(refused)
    expect(await post('{}', id)).toEqual(refused)
  })

  it('a body that is no handful of stars is refused unread', async () => {
    const body = JSON.stringify({ Reviewer1: 'x'.repeat(70_000) })
    const headers = { 'content-length': String(body.length) }
    expect((await app.request('/ratings/0', { method: 'POST', body, headers }, env)).status).toBe(413)
  })
})

describe('variants of ratings (BKI-44)', () => {
  /** As a version, with the draw and the time given; `pauses` are what it waited, in milliseconds. */
  function as(SERVICE_VERSION: string, { draw = 0.9, now = 0 }: { draw?: number; now?: number }) {
    const pauses: number[] = []
    const own: Env = { ...env, SERVICE_VERSION }
    surroundings.provide(own, {
      draw: () => draw,
      now: () => now,
      pause: async ms => {
        pauses.push(ms)
      },
    })
    return { own, pauses }
  }

  it('v-faulty: 503 with the reason', async () => {
    const { own } = as('v-faulty', { draw: 0 })
    expect(await get('0', own)).toEqual({ status: 503, body: '{"error":"Service unavailable"}' })
    expect((await get('0', as('v-faulty', {}).own)).status).toBe(200)
  })

  it('v-delayed: seven seconds, then the ratings', async () => {
    const slow = as('v-delayed', { draw: 0 })
    expect((await get('0', slow.own)).status).toBe(200)
    expect(slow.pauses).toEqual([7_000])
    const quick = as('v-delayed', {})
    await get('0', quick.own)
    expect(quick.pauses).toEqual([])
  })

  it('v-unavailable and v-unhealthy: every other period; the latter says so in its health', async () => {
    const health = async (of: Env) => {
      const answer = await app.request('/health', {}, of)
      return [answer.status, await answer.text()]
    }
    const gone = as('v-unavailable', { now: 60_000 }).own
    expect((await get('0', gone)).status).toBe(503)
    expect(await health(gone)).toEqual([200, '{"status":"Ratings is healthy"}'])
    const ill = as('v-unhealthy', { now: 900_000 }).own
    expect((await get('0', ill)).status).toBe(503)
    expect(await health(ill)).toEqual([500, '{"status":"Ratings is not healthy"}'])
  })

  it('v2: reads only', async () => {
    const { own } = as('v2', {})
    expect((await post('{"Reviewer1":1}', '0', own)).status).toBe(501)
    expect((await get('0', own)).status).toBe(200)
  })
})
