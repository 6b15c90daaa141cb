import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import type { Answer, CallOptions } from '../../lib/call.ts'
import { transport } from '../../lib/call.ts'
import type { Env } from '../../lib/env.ts'
import { at, type Service, serveModule, versions } from '../bookinfo-under-test.ts'
import * as reviews from './app.ts'

const running: Service[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(each => each.close()))
})

/** A ratings service that gives this answer, and what it was sent. */
async function ratingsGiving(answer: () => Response) {
  const seen: Record<string, string>[] = []
  const app = new Hono().get('/ratings/0', c => {
    seen.push(Object.fromEntries(c.req.raw.headers))
    return answer()
  })
  const service = await serveModule(app)
  running.push(service)
  return { service, seen }
}

async function reviewsOf(version: string, ratings: Service, headers: Record<string, string> = {}) {
  const service = await serveModule(reviews, { ...versions[version], ...at('RATINGS', ratings), HOSTNAME: 'pod-1' })
  running.push(service)
  return (await fetch(`${service.url}/reviews/0`, { headers })).text()
}

const stars = () => Response.json({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } })

interface Reviews {
  reviews: { reviewer: string; text: string; rating?: object }[]
}

describe('reviews', () => {
  it('BKI-05: v1 has no ratings and asks for none', async () => {
    const { service, seen } = await ratingsGiving(stars)
    const text = await reviewsOf('v1', service)
    const { reviews } = JSON.parse(text) as Reviews
    expect(reviews.map(each => Object.keys(each))).toEqual([
      ['reviewer', 'text'],
      ['reviewer', 'text'],
    ])
    expect(text).toMatch(
      /^\{"id": "0","podname": "pod-1","clustername": "null","reviews": \[\{"reviewer": "Reviewer1","/,
    )
    expect(seen).toEqual([])
  })

  it.each([
    ['v2', 'black'],
    ['v3', 'red'],
  ])('%s has stars, and they are %s', async (version, color) => {
    const { service } = await ratingsGiving(stars)
    const text = await reviewsOf(version, service)
    expect(text).toContain(`, "rating": {"stars": 5, "color": "${color}"}}, {"reviewer": "Reviewer2","text": "`)
    expect(text).toContain(`, "rating": {"stars": 4, "color": "${color}"}}]}`)
    expect(() => JSON.parse(text)).not.toThrow()
  })

  it.each([
    ['an error', () => new Response('fault filter abort', { status: 500 })],
    ['no JSON', () => new Response('stars')],
    ['no ratings', () => Response.json({ id: 0 })],
    ['ratings that are no numbers', () => Response.json({ ratings: { Reviewer1: '5', Reviewer2: null } })],
  ])('BKI-28: %s from ratings leaves the texts, and says so twice', async (_what, answer) => {
    const { service } = await ratingsGiving(answer)
    const { reviews } = JSON.parse(await reviewsOf('v3', service)) as Reviews
    const error = { error: 'Ratings service is currently unavailable' }
    expect(reviews.map(each => each.rating)).toEqual([error, error])
  })

  it('one reviewer without a rating has none, the other keeps theirs', async () => {
    const { service } = await ratingsGiving(() => Response.json({ ratings: { Reviewer2: 3 } }))
    const { reviews } = JSON.parse(await reviewsOf('v3', service)) as Reviews
    expect(reviews[0]?.rating).toHaveProperty('error')
    expect(reviews[1]?.rating).toEqual({ stars: 3, color: 'red' })
  })

  it.each([
    ['v2', 10_000],
    ['v3', 2_500],
  ])('BKI-25 BKI-26: %s waits %i ms for the ratings', async (version, patience) => {
    const env: Env = { LOG_LEVEL: 'silent', ...versions[version] }
    const asked: CallOptions[] = []
    transport.provide(env, async (_url, options) => {
      asked.push(options)
      return stars() as unknown as Answer
    })
    expect((await reviews.default.request('/reviews/0', {}, env)).status).toBe(200)
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([patience])
  })

  it('hands on who asks, traces and credentials', async () => {
    const { service, seen } = await ratingsGiving(stars)
    const headers = {
      'end-user': 'jason',
      'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124',
      'x-b3-parentspanid': '0020000000000001',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-datadog-trace-id': '1',
      'x-cloud-trace-context': 'c',
      'grpc-trace-bin': 'b',
      sw8: 's',
      'user-agent': 'test',
      cookie: 'session=1',
      authorization: 'Bearer x',
      jwt: 'j',
    }
    await reviewsOf('v2', service, { ...headers, 'x-unknown': 'u' })
    expect(seen[0]).toMatchObject(headers)
    expect(seen[0]).not.toHaveProperty('x-unknown')
  })

  it('is healthy, in these bytes, and refuses what is no product', async () => {
    expect(await (await reviews.default.request('/health')).text()).toBe('{"status": "Reviews is healthy"}')
    expect((await reviews.default.request('/reviews/x')).status).toBe(400)
  })
})
