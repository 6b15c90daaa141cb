// Bookinfo and the routing exercises of its workshop, row by row, over HTTP: on the local runtime and on clusters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshCall } from '../../load/mesh-client.ts'
import { bookinfoWorld } from './bookinfo-world.ts'
import { expectShare, many, tally } from './many.ts'
import { type Plane, startPlane } from './plane.ts'

let plane: Plane
let mesh: MeshCall
const shop = bookinfoWorld(() => plane)
const api = async <T>(path: string) => JSON.parse((await shop.get(`/api/v1/products${path}`)).body) as T

interface Reviews {
  reviews: { reviewer: string; rating?: { stars: number; color: string } }[]
}

const colors = async (count: number) => {
  const answers = await many(count, () => api<Reviews>('/0/reviews'))
  return tally(answers.map(({ reviews }) => reviews[0]?.rating?.color ?? 'none'))
}

beforeAll(async () => {
  plane = await startPlane('bookinfo')
  mesh = await plane.caller('bookinfo')
})
afterAll(() => plane?.stop())

describe('the shop', () => {
  it('BKI-01 answers the first request, everything asleep, with its title', async () => {
    const { status, body } = await shop.page()
    expect(status).toBe(200)
    expect(body).toContain('<title>Simple Bookstore App</title>')
    expect(body).not.toContain('Error fetching')
  })

  it('BKI-02 shows five paths outside, and no others', async () => {
    const status = async (path: string) => (await shop.get(path)).status
    expect(await Promise.all(['/health', '/', '/metrics', '/reviews/0', '/productpage/x'].map(status))).toEqual([
      404, 404, 404, 404, 404,
    ])
    expect(await Promise.all(['/api/v1/products', '/static/page.css', '/productpage'].map(status))).toEqual([
      200, 200, 200,
    ])
  })

  it('BKI-03 has one book', async () => {
    expect(await api<{ title: string }[]>('')).toMatchObject([{ id: 0, title: 'The Comedy of Errors' }])
  })

  it('BKI-04 knows its details', async () => {
    expect(await api('/0')).toEqual({
      id: 0,
      author: 'William Shakespeare',
      year: 1595,
      type: 'paperback',
      pages: 200,
      publisher: 'PublisherA',
      language: 'English',
      'ISBN-10': '1234567890',
      'ISBN-13': '123-1234567890',
    })
  })

  it('BKI-06 knows its ratings', async () => {
    expect(await api('/0/ratings')).toEqual({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } })
  })

  it('BKI-07 refuses an id that is none, at either port of the facades', async () => {
    for (const port of ['', ':9080']) {
      const ratings = await mesh(`http://ratings-mesh.bookinfo${port}/ratings/x`)
      expect([ratings.status, ratings.body]).toEqual([400, '{"error":"please provide numeric product ID"}'])
      const details = await mesh(`http://details-mesh.bookinfo${port}/details/x`)
      expect([details.status, details.body]).toEqual([400, '{"error":"please provide numeric product id"}'])
    }
  })

  it('BKI-08 keeps what is rated', async () => {
    const url = 'http://ratings-mesh.bookinfo/ratings/7'
    const body = '{"Reviewer1":1,"Reviewer2":2}'
    const stored = { id: 7, ratings: { Reviewer1: 1, Reviewer2: 2 } }
    expect(JSON.parse((await mesh(url, { method: 'POST', body })).body)).toEqual(stored)
    expect(JSON.parse((await mesh(url)).body)).toEqual(stored)
  })

  it('BKI-09 is six revisions, all ready', async () => {
    interface Revisions {
      items: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[]
    }
    const { items } = await plane.get<Revisions>('revisions', '-n', 'bookinfo')
    const ready = items.filter(({ status }) =>
      status.conditions.some(one => one.type === 'Ready' && one.status === 'True'),
    )
    const names = ['details-v1', 'productpage-v1', 'ratings-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3']
    expect(ready.map(({ metadata }) => metadata.name).toSorted()).toEqual(names)
  })

  it('BKI-10 has facades with the port of the workshop', async () => {
    interface Facade {
      spec: { ports: { port: number }[] }
    }
    const { spec } = await plane.get<Facade>('svc', 'reviews-mesh', '-n', 'bookinfo')
    expect(spec.ports.map(({ port }) => port)).toContain(9080)
  })
})

describe('routing by who asks', () => {
  it('BKI-05, BKI-11 exercise 1.1: nobody sees a star', async () => {
    await shop.rules(['simple-routing'], {}, ({ reviews }) => reviews === 'reviews-v1')
    const pages = await many(50, () => shop.page())
    expect(tally(pages.map(({ reviews, stars }) => `${reviews} ${stars}`))).toEqual({ 'reviews-v1 0': 50 })
    expect((await api<Reviews>('/0/reviews')).reviews.filter(({ rating }) => rating)).toEqual([])
  })

  it('BKI-12, BKI-13 exercise 1.2: jason sees black stars, mary and strangers none', async () => {
    const [jason, mary] = [await shop.signIn('jason'), await shop.signIn('mary')]
    await shop.rules(['rule-based-routing'], jason, ({ stars }) => stars > 0)
    expect(await shop.page(jason)).toMatchObject({ stars: 9, color: 'black', reviews: 'reviews-v2' })
    for (const headers of [mary, {}])
      expect(await shop.page(headers)).toMatchObject({ stars: 0, reviews: 'reviews-v1' })
  })

  it('BKI-14 nobody becomes jason by saying so', async () => {
    const mary = await shop.signIn('mary')
    const forged = { cookie: 'session=amFzb24.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }
    for (const headers of [{}, mary, forged]) {
      expect((await shop.page({ ...headers, 'end-user': 'jason' })).stars).toBe(0)
    }
  })

  it('BKI-15 signing out ends it', async () => {
    const answer = await shop.get('/logout', await shop.signIn('jason'))
    expect(answer.status).toBe(302)
    const cookie = [answer.headers['set-cookie']].flat().join('').split(';')[0] ?? ''
    expect((await shop.page({ cookie })).stars).toBe(0)
  })

  it('BKI-16 without rules everybody is back at v1', async () => {
    const jason = await shop.signIn('jason')
    await shop.remove('rule-based-routing', 'simple-routing')
    const pages = await many(20, () => shop.page(jason))
    expect(tally(pages.map(({ reviews, stars }) => `${reviews} ${stars}`))).toEqual({ 'reviews-v1 0': 20 })
  })
})

describe('shifting traffic', () => {
  it('BKI-17 exercise 2.1: all with v1', async () => {
    await shop.rules(['traffic-shifting-v1'], {}, ({ reviews }) => reviews === 'reviews-v1')
    expect(await colors(100)).toEqual({ none: 100 })
  })

  it('BKI-18 exercise 2.2: one half sees red stars', async () => {
    await shop.rules(['traffic-shifting-50-v3'], {}, ({ color }) => color === 'red')
    const seen = await colors(400)
    expect(Object.keys(seen).toSorted()).toEqual(['none', 'red'])
    expectShare(seen.red, 400, 0.5)
  })

  it('BKI-19 exercise 2.3: all do', async () => {
    await shop.rules(['traffic-shifting-v3'], {}, ({ reviews }) => reviews === 'reviews-v3')
    expect(await colors(100)).toEqual({ red: 100 })
  })
})
