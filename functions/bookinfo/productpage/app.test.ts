import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transport } from '../../lib/call.ts'
import type { Env } from '../../lib/env.ts'
import { at, type Bookinfo, type Service, serveModule, startBookinfo } from '../bookinfo-under-test.ts'
import * as productpage from './app.ts'

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(each => each.close()))
})

async function start(module: object, env: Env = {}): Promise<Service> {
  const service = await serveModule(module, env)
  running.push(service)
  return service
}

async function bookinfo(version: string, given: { ratings?: Service } = {}): Promise<string> {
  const system = await startBookinfo(version, given)
  running.push(system)
  return system.page
}

const count = (text: string, of: string) => text.split(of).length - 1
const textOf = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).text()

/** Signs in, and gives the headers of a visitor who is. */
async function signIn(page: string, username: string, more: Record<string, string> = {}) {
  const answer = await fetch(`${page}/login`, {
    method: 'POST',
    body: new URLSearchParams({ username, passwd: 'any' }),
    headers: { referer: `${page}/productpage`, ...more },
    redirect: 'manual',
  })
  const cookie = answer.headers.get('set-cookie') ?? ''
  return { answer, cookie, headers: { cookie: cookie.split(';')[0] ?? '' } }
}

describe('the page of a book', () => {
  let system: Bookinfo
  beforeAll(async () => {
    system = await startBookinfo('v2')
  })
  afterAll(() => system.close())

  it('BKI-01: has its title, and is a page of its own', async () => {
    const answer = await fetch(`${system.page}/productpage`)
    expect(await answer.text()).toContain('<title>Simple Bookstore App</title>')
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('BKI-12: shows stars in their colour, in words as well, and which revision answered', async () => {
    const page = await textOf(`${system.page}/productpage`)
    expect(count(page, 'glyphicon-star"')).toBe(9)
    expect(count(page, 'glyphicon-star-empty"')).toBe(1)
    expect(page).toContain('data-color="black"')
    expect(page).toContain('5 of 5 stars, black')
    expect(page).toContain('4 of 5 stars, black')
    expect(page).toContain('reviews-v2')
  })

  it('shows the facts', async () => {
    const page = await textOf(`${system.page}/productpage`)
    for (const fact of ['The Comedy of Errors', 'William Shakespeare', '1595', '123-1234567890']) {
      expect(page).toContain(fact)
    }
  })

  it('has a style, a list of services and a health', async () => {
    expect((await fetch(`${system.page}/static/page.css`)).headers.get('content-type')).toContain('text/css')
    for (const path of ['/', '/index.html']) expect(await textOf(system.page + path)).toContain('>ratings</th>')
    expect(await textOf(`${system.page}/health`)).toBe('Product page is healthy')
    expect((await fetch(`${system.page}/nowhere`)).status).toBe(404)
  })

  it('BKI-03 BKI-04 BKI-06: gives the same as JSON', async () => {
    const api = async (path: string) => JSON.parse(await textOf(`${system.page}/api/v1/products${path}`))
    expect(await api('')).toMatchObject([{ id: 0, title: 'The Comedy of Errors' }])
    expect(Object.keys((await api(''))[0])).toEqual(['id', 'title', 'descriptionHtml'])
    expect(Object.keys(await api('/0'))).toHaveLength(9)
    expect(await api('/0/ratings')).toEqual({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } })
    expect((await api('/0/reviews')).reviews).toHaveLength(2)
  })

  it('refuses an id that is none without asking anybody', async () => {
    const answer = await fetch(`${system.page}/api/v1/products/..%2f..%2fhealth`)
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'please provide numeric product id' }])
  })

  it('counts what the services answered', async () => {
    await fetch(`${system.page}/productpage`)
    expect(await textOf(`${system.page}/metrics`)).toMatch(
      /request_result_total\{destination_app="reviews",response_code="200"\} [1-9]/,
    )
  })
})

describe('without ratings', () => {
  it('BKI-11: there is no star on the page', async () => {
    expect(await textOf(`${await bookinfo('v1')}/productpage`)).not.toContain('glyphicon-star')
  })

  it('BKI-26 BKI-28: the page says twice that they are unavailable, and shows the reviews', async () => {
    const ratings = await start(new Hono().all('*', () => new Response('fault filter abort', { status: 500 })))
    const page = await textOf(`${await bookinfo('v3', { ratings })}/productpage`)
    expect(count(page, 'Ratings service is currently unavailable')).toBe(2)
    expect(page).not.toContain('Error fetching')
    expect(page).not.toContain('glyphicon-star')
  })
})

describe('when a service fails', () => {
  const failing = (status: number) => new Hono().all('*', () => new Response('{"odd":true}', { status }))

  it.each([
    ['reviews', 503],
    ['details', 500],
    ['reviews', 404],
  ] as const)('the page is there without %s (%i), and says so', async (backend, status) => {
    const broken = await start(failing(status))
    const name = backend.toUpperCase() as 'REVIEWS' | 'DETAILS'
    const { url } = await start(productpage, at(name, broken))
    const answer = await fetch(`${url}/productpage`)
    const page = await answer.text()
    expect(answer.status).toBe(200)
    expect(page).toContain(`Error fetching product ${backend}!`)
    expect(page).toContain(`Sorry, product ${backend} are currently unavailable for this book.`)
  })

  it.each([
    ['', 'details', 503, 503],
    ['/reviews', 'reviews', 500, 500],
    ['/ratings', 'ratings', 404, 404],
  ] as const)('the API of products/0%s gives its status on', async (path, backend, status, expected) => {
    const broken = await start(failing(status))
    const name = backend.toUpperCase() as 'REVIEWS' | 'DETAILS' | 'RATINGS'
    const { url } = await start(productpage, at(name, broken))
    const answer = await fetch(`${url}/api/v1/products/0${path}`)
    expect([answer.status, await answer.json()]).toEqual([
      expected,
      { error: `Sorry, product ${backend} are currently unavailable for this book.` },
    ])
  })

  it('nobody there, and an answer that is no JSON, are 500', async () => {
    const odd = await start(new Hono().all('*', () => new Response('<html>')))
    const { url } = await start(productpage, {
      ...at('REVIEWS', odd),
      DETAILS_HOSTNAME: '127.0.0.1',
      DETAILS_SERVICE_PORT: '9',
    })
    expect((await fetch(`${url}/api/v1/products/0`)).status).toBe(500)
    expect((await fetch(`${url}/api/v1/products/0/reviews`)).status).toBe(500)
  })

  it('BKI-23: reviews are tried twice with three seconds each, the others once', async () => {
    const env: Env = { LOG_LEVEL: 'silent' }
    const asked: [string, number | undefined][] = []
    transport.provide(env, async (url, { timeoutMs }) => {
      asked.push([new URL(url).pathname, timeoutMs])
      throw new Error('no answer in time')
    })
    const answer = await productpage.default.request('/productpage', {}, env)
    expect(answer.status).toBe(200)
    expect(asked.toSorted()).toEqual([
      ['/details/0', 3_000],
      ['/reviews/0', 3_000],
      ['/reviews/0', 3_000],
    ])
    await productpage.default.request('/api/v1/products/0/ratings', {}, env)
    expect(asked.slice(3)).toEqual([['/ratings/0', 3_000]])
  })

  it('a second try that works is all that is seen', async () => {
    const statuses = [503, 200]
    const flaky = await start(
      new Hono().all('*', () => Response.json({ reviews: [] }, { status: statuses.shift() ?? 500 })),
    )
    const { url } = await start(productpage, at('REVIEWS', flaky))
    expect((await fetch(`${url}/api/v1/products/0/reviews`)).status).toBe(200)
  })

  it('markup in an answer stays text', async () => {
    const evil = { reviewer: '<script>x</script>', text: '"><img src=x>', rating: { stars: 99, color: '"><b>' } }
    const reviews = await start(new Hono().all('*', c => c.json({ reviews: [evil] })))
    const { url } = await start(productpage, at('REVIEWS', reviews))
    const page = await textOf(`${url}/productpage`)
    expect(page).not.toMatch(/<script|<img|<b>/)
    expect(count(page, 'glyphicon-star"')).toBe(5)
  })
})

describe('visitors', () => {
  /** A page whose reviews write down what they are sent. */
  async function watched() {
    const seen: Record<string, string>[] = []
    const app = new Hono().all('*', c => {
      seen.push(Object.fromEntries(c.req.raw.headers))
      return c.json({ reviews: [] })
    })
    const { url } = await start(productpage, at('REVIEWS', await start(app)))
    return { url, seen }
  }

  it('BKI-12: who signed in is known to the services as end-user', async () => {
    const { url, seen } = await watched()
    const { answer, cookie, headers } = await signIn(url, 'jason')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/productpage'])
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Lax/)
    expect(cookie).not.toMatch(/Secure/)
    expect(await textOf(`${url}/productpage`, { headers })).toContain('<strong>jason</strong>')
    expect(seen.at(-1)).toMatchObject({ 'end-user': 'jason' })
    await textOf(`${url}/api/v1/products/0/reviews`, { headers })
    expect(seen.at(-1)).toMatchObject({ 'end-user': 'jason' })
  })

  it('BKI-14: nobody can claim to be somebody', async () => {
    const { url, seen } = await watched()
    const forged = [{ 'end-user': 'jason' }, { 'end-user': 'jason', cookie: 'session=amFzb24.9999999999.AAAA' }]
    for (const headers of forged) await fetch(`${url}/productpage`, { headers: headers as Record<string, string> })
    const { headers } = await signIn(url, 'mary')
    await fetch(`${url}/productpage`, { headers: { ...headers, 'end-user': 'jason' } })
    expect(seen.map(each => each['end-user'])).toEqual([undefined, undefined, 'mary'])
  })

  it('BKI-15: signing out ends it', async () => {
    const { url } = await watched()
    const answer = await fetch(`${url}/logout`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/productpage'])
    expect(answer.headers.get('set-cookie')).toMatch(/^session=; Max-Age=0; Path=\//)
  })

  it.each([
    ['http://elsewhere.example.com/productpage?u=1', '/productpage?u=1'],
    ['http://elsewhere.example.com//evil.example.com', '/productpage'],
    ['nonsense', '/productpage'],
  ])('coming from %s one goes on to %s', async (referer, location) => {
    const { url } = await watched()
    expect((await signIn(url, 'jason', { referer })).answer.headers.get('location')).toBe(location)
  })

  it('over TLS the cookie is for TLS alone', async () => {
    const { url } = await watched()
    expect((await signIn(url, 'jason', { 'x-forwarded-proto': 'https' })).cookie).toMatch(/; Secure/)
  })

  it.each(['', 'jäson', '<b>', 'x'.repeat(65)])(
    'the name %j is signed in only if a header can carry it',
    async name => {
      const { url } = await watched()
      const { answer, headers } = await signIn(url, name)
      if (name === '<b>') expect(await textOf(`${url}/productpage`, { headers })).toContain('&lt;b&gt;')
      else expect([answer.status, headers.cookie]).toEqual([400, ''])
    },
  )

  it('while the key cannot be read, the page is there for nobody in particular', async () => {
    const { url } = await start(productpage, { STORE_PATH: '/nonexistent/folder/x.db' })
    const answer = await fetch(`${url}/productpage`, { headers: { cookie: 'session=amFzb24.9999999999.AAAA' } })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Sign in')
  })
})

describe('FLOOD_FACTOR', () => {
  it.each([
    ['3', 4],
    ['0', 1],
    ['many', 1],
    ['-2', 1],
  ])('%s makes %i calls of the reviews', async (FLOOD_FACTOR, calls) => {
    let seen = 0
    const reviews = await start(
      new Hono().all('*', c => {
        seen++
        return c.json({ reviews: [] })
      }),
    )
    const { url } = await start(productpage, { FLOOD_FACTOR, ...at('REVIEWS', reviews) })
    await fetch(`${url}/productpage`)
    expect(seen).toBe(calls)
  })
})
