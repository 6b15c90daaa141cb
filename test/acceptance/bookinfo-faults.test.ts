// The fault injection of Bookinfo's workshop, and its variants of ratings, over HTTP: on the local runtime and on clusters.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { bookinfoWorld } from './bookinfo-world.ts'
import { many, tally } from './many.ts'
import { type Plane, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'
import { lasting } from './target.ts'

let plane: Plane
let mesh: MeshCall
let jason: Record<string, string>
const shop = bookinfoWorld(() => plane)
const unavailable = 'Ratings service is currently unavailable'
const count = (text: string, of: string) => text.split(of).length - 1

/** How long an answer took, in milliseconds. */
async function timed<T>(call: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const startedAt = performance.now()
  const answer = await call()
  return { answer, ms: performance.now() - startedAt }
}

beforeAll(async () => {
  plane = await startPlane('bookinfo')
  mesh = await plane.caller('bookinfo')
  jason = await shop.signIn('jason')
})
afterAll(() => plane?.stop())

describe('exercise 3.1: ratings take seven seconds for jason', () => {
  it('BKI-21 jason is with v2 before', async () => {
    const names = ['virtual-service-all-v1', 'virtual-service-reviews-test-v2']
    await shop.rules(names, jason, ({ reviews, stars }) => reviews === 'reviews-v2' && stars === 9)
    expect((await shop.page()).reviews).toBe('reviews-v1')
  })

  it('BKI-22 the rule is as the workshop wrote it', async () => {
    interface Rule {
      spec: { http: { fault?: { delay: { fixedDelay: string } } }[] }
    }
    await shop.rules(['ratings-test-delay'], jason, ({ stars }) => stars === 0)
    const { spec } = await plane.get<Rule>('virtualservice', 'ratings', '-n', 'bookinfo')
    expect(spec.http[0]?.fault?.delay.fixedDelay).toBe('7s')
  })

  it('BKI-23 the page gives up after six, not seven', async () => {
    const { status, body, ms } = await shop.page(jason)
    expect(status).toBe(200)
    expect(body).toContain('Error fetching product reviews!')
    expect(body).toContain('Sorry, product reviews are currently unavailable for this book.')
    expect(ms).toBeGreaterThanOrEqual(5_950)
    expect(ms).toBeLessThan(7_000)
  })

  it('BKI-24 nobody else notices', async () => {
    const { body, reviews, ms } = await shop.page()
    expect(reviews).toBe('reviews-v1')
    expect(body).not.toContain('Error fetching')
    expect(ms).toBeLessThan(2_500)
  })

  it('BKI-25 the reviews themselves would have waited: the bug is between the two', async () => {
    const url = 'http://v2-reviews.bookinfo.svc.cluster.local/reviews/0'
    const { answer, ms } = await timed(() => mesh(url, { headers: { 'end-user': 'jason' } }))
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('"stars": 5')
    expect(ms).toBeGreaterThanOrEqual(6_950)
  })

  it('BKI-26 v3 mends it: after two and a half seconds the reviews come without ratings', async () => {
    await shop.rules(['traffic-shifting-v3'], {}, ({ reviews }) => reviews === 'reviews-v3')
    const { status, body, ms } = await shop.page(jason)
    expect(status).toBe(200)
    expect(count(body, unavailable)).toBe(2)
    expect(body).not.toContain('Error fetching')
    expect(ms).toBeGreaterThanOrEqual(2_450)
    expect(ms).toBeLessThan(5_000)
  })

  it('BKI-27 two seconds are no trouble for v3', async () => {
    await shop.changed('ratings-test-delay', ({ fault }) => {
      if (fault?.delay) fault.delay.fixedDelay = '2s'
    })
    const { color, body, ms } = await eventually(
      () => shop.page(jason),
      ({ stars }) => stars === 9,
    )
    expect(color).toBe('red')
    expect(body).not.toContain(unavailable)
    expect(ms).toBeGreaterThanOrEqual(1_950)
  })
})

describe('exercise 3.2: no ratings for jason', () => {
  it('BKI-28 the page says so at once, BKI-29 and to nobody else', async () => {
    await shop.rules(['ratings-test-abort'], jason, ({ body }) => body.includes(unavailable))
    const { body, reviews, ms } = await shop.page(jason)
    expect([count(body, unavailable), reviews]).toEqual([2, 'reviews-v3'])
    expect(ms).toBeLessThan(2_000)
    expect(await shop.page()).toMatchObject({ stars: 9, color: 'red' })
  })

  it('BKI-31 retries on the same route do not help', async () => {
    await shop.changed('ratings-test-abort', route => {
      route.retries = { attempts: 5, perTryTimeout: '1s', retryOn: '5xx' }
    })
    interface Rule {
      spec: { http: { retries?: object }[] }
    }
    const { spec } = await plane.get<Rule>('virtualservice', 'ratings', '-n', 'bookinfo')
    expect(spec.http[0]?.retries).toMatchObject({ attempts: 5 })
    expect(await many(20, async () => count((await shop.page(jason)).body, unavailable))).toEqual(Array(20).fill(2))
  })
})

describe('one call in a thousand takes five seconds', () => {
  it('BKI-30 of two thousand at most a handful do', lasting(180), async () => {
    await plane.rules('bookinfo', 'ratings-delay-rare')
    const url = 'http://ratings-mesh.bookinfo/ratings/0'
    await eventually(
      () => mesh(url, { headers: { 'end-user': 'jason' } }),
      ({ status }) => status === 200,
    )
    const times = await many(2_000, async () => (await timed(() => mesh(url))).ms)
    // More than twelve of 2,000 at 0.1 % would be seen less than once in a million runs.
    expect(times.filter(ms => ms >= 4_950).length).toBeLessThanOrEqual(12)
  })
})

describe('the canary of the reviews', () => {
  it('BKI-39 jason stays with v2 while the split moves, and no page lacks its reviews', lasting(120), async () => {
    interface Split {
      spec: { traffic: { tag: string; percent: number }[] }
    }
    await shop.remove('virtual-service-all-v1')
    await shop.rules(['rule-based-routing'], jason, ({ reviews }) => reviews === 'reviews-v2')
    const manifest = parse(readFileSync(join(projectDir, 'knative/bookinfo/reviews/3-v3.yaml'), 'utf8')) as Split
    let moved = false
    const moving = (async () => {
      for (const share of [10, 30, 50, 100, 0]) {
        for (const target of manifest.spec.traffic) {
          target.percent = { v1: 100 - share, v3: share }[target.tag] ?? 0
        }
        await plane.apply(manifest)
      }
    })().finally(() => {
      moved = true
    })
    const seen: string[] = []
    while (!moved) for (const { reviews } of await many(25, () => shop.page(jason))) seen.push(reviews ?? 'none')
    await moving
    expect(tally(seen)).toEqual({ 'reviews-v2': seen.length })
  })
})

describe('variants of the ratings (BKI-44)', () => {
  const variant = async (name: string, path = '/ratings/0') => {
    await plane.apply(`knative/bookinfo/exercises/ratings-${name}.yaml`)
    const url = `http://${name}-ratings.bookinfo${path}`
    await eventually(
      () => mesh(url),
      ({ headers }) => headers['x-revision'] === `ratings-${name}`,
    )
    return () => mesh(url)
  }

  it('v-faulty answers every other request with 503', async () => {
    const answers = await many(100, await variant('v-faulty'))
    const seen = tally(answers.map(({ status }) => String(status)))
    expect(Object.keys(seen).toSorted()).toEqual(['200', '503'])
    expect(Math.abs((seen['503'] ?? 0) - 50)).toBeLessThan(25)
    expect(answers.find(({ status }) => status === 503)?.body).toBe('{"error":"Service unavailable"}')
  })

  it('v-delayed lets every other one wait seven seconds', lasting(90), async () => {
    const call = await variant('v-delayed')
    const times = await many(25, async () => (await timed(call)).ms)
    const slow = times.filter(ms => ms >= 6_950).length
    expect(slow).toBeGreaterThan(0)
    expect(slow).toBeLessThan(25)
  })

  it.each([
    ['v-unavailable', 60_000],
    ['v-unhealthy', 900_000],
  ])('%s answers by the clock', async (name, period) => {
    const call = await variant(name)
    const bad = () => Math.floor(Date.now() / period) % 2 === 1
    const before = bad()
    const { status } = await call()
    // Asked again when the period turned in between.
    const expected = before === bad() ? before : bad()
    expect(before === expected ? status : (await call()).status).toBe(expected ? 503 : 200)
  })

  it('v-unhealthy says in its health what it answers', async () => {
    const ratings = await (await variant('v-unhealthy'))()
    const health = await mesh('http://v-unhealthy-ratings.bookinfo/health')
    expect([ratings.status, health.status]).toEqual(ratings.status === 200 ? [200, 200] : [503, 500])
  })
})
