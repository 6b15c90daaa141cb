import { describe, expect, it } from 'vitest'
import { profiles } from './index.ts'

const profileOf = (name: string) => {
  const found = profiles.get(name)
  if (!found) throw new Error(`no profile ${name}`)
  return found
}

describe('the profiles', () => {
  it.each([
    ['hey-root', 'api.greeting.localhost', 'GET /', 500, 10],
    ['hey-n1000-c10', 'api.greeting.localhost', 'GET /api/greeting', 1_000, 10],
    ['hey-n1000-c25', 'api.greeting.localhost', 'GET /api/greeting', 1_000, 25],
    ['hey-n2000-c50', 'api.greeting.localhost', 'GET /api/greeting', 2_000, 50],
    ['ab', 'api.greeting.localhost', 'GET /api/ping', 10_000, 100],
  ])('OBS-41 %s asks %s for %s, %d times by %d workers', (name, host, asked, requests, workers) => {
    const profile = profileOf(name)
    const [{ method = 'GET', path }] = profile.requests
    expect([profile.host, `${method} ${path}`]).toEqual([host, asked])
    expect(profile.limit).toEqual({ requests })
    expect(profile.model).toEqual({ kind: 'closed', workers })
  })

  it.each([
    ['AIR-37', 'artillery', 30_000, 600],
    ['AIR-38', 'artillery-short', 1_000, 20],
  ])('%s %s sends %d requests within %d s as stressTest, in the open model', (_, name, requests, seconds) => {
    const profile = profileOf(name)
    expect(profile.model).toEqual({ kind: 'open', perSecond: 50 })
    expect(profile.limit).toEqual({ requests, seconds })
    expect(profile.requests[0].headers).toEqual({ 'x-dev-user': 'stressTest' })
  })

  it('BKI-38 loadtester sends 20 a second for a minute, and fails as a canary would', () => {
    const { model, limit, thresholds } = profileOf('loadtester')
    expect(model).toEqual({ kind: 'open', perSecond: 20 })
    expect(limit).toEqual({ requests: 1_200, seconds: 60 })
    expect(thresholds).toEqual({ p99: 500, errors: { share: 0.01 } })
  })

  it('CC-22 shop posts the stitched query with ten workers for 30 s', () => {
    const { requests, model, limit } = profileOf('shop')
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/graphql' })
    expect([model, limit]).toEqual([{ kind: 'closed', workers: 10 }, { seconds: 30 }])
  })

  it('each ends', () => {
    for (const { limit } of profiles.values()) expect(limit.requests ?? limit.seconds).toBeGreaterThan(0)
  })
})

describe('an answer is checked', () => {
  const seven = ['D', 'G', 'H', 'E', 'B', 'C', 'A'].map(letter => ({ service: `Service-${letter}` }))

  it.each([
    ['hey-n2000-c50', JSON.stringify({ greeting: seven }), undefined],
    ['hey-n2000-c50', JSON.stringify({ greeting: seven.slice(1) }), 'not the seven greetings'],
    ['hey-n2000-c50', JSON.stringify({ greeting: [...seven.slice(1), seven[1]] }), 'not the seven greetings'],
    ['hey-n2000-c50', JSON.stringify(seven), 'not the seven greetings'],
    ['hey-n2000-c50', 'not JSON', 'not the seven greetings'],
    ['ab', JSON.stringify(seven), undefined],
    ['ab', '[]', 'not the seven greetings'],
    ['artillery', 'a\nb\ntook (1 ms) load-svc-golang --x\n', undefined],
    ['artillery', 'a\nb\ntook (1 ms) core-svc-golang --x\n', 'third line by core-svc-golang'],
    ['artillery', 'one line', 'third line by nobody'],
    ['shop', '{"data":{"customer":null}}', undefined],
    ['shop', '{"data":{"customer":null},"errors":[{"message":"no"}]}', 'errors in the answer'],
    ['shop', '<html>', 'errors in the answer'],
  ])('%s: %s', (name, body, flaw) => expect(profileOf(name).flawOf?.(body)).toBe(flaw))
})
