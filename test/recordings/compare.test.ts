import { describe, expect, it } from 'vitest'
import { differences, type Observation, withoutChance } from './compare.ts'
import type { AccessLog, RecordedAnswer, SeenRequest, WireResponse } from './recording.ts'

const log: AccessLog = {
  code: 200,
  flags: '-',
  details: 'via_upstream',
  route: 'a',
  cluster: 'outbound|9080|v1|reviews.default.svc.cluster.local',
  attempts: 1,
}

function answer(backend: string, date = 'Sat, 21 Nov 2026 09:15:01 GMT', length = '550'): WireResponse {
  const headers: [string, string][] = [
    ['content-length', length],
    ['x-backend', backend],
    ['date', date],
    ['x-envoy-upstream-service-time', '2'],
  ]
  return { status_line: 'HTTP/1.1 200 OK', headers, body: `(${length} bytes)` }
}

function call(by: string, ...headers: [string, string][]): SeenRequest {
  return { by, line: 'GET / HTTP/1.1', headers: [['host', 'a.test'], ...headers], body: '' }
}

function recorded(change: Partial<RecordedAnswer> = {}): RecordedAnswer {
  return {
    id: 'x',
    n: 1,
    statuses: { 200: 1 },
    backends: { 'reviews-v1': 1 },
    hits: { 'reviews-v1': 1 },
    response: answer('reviews-v1'),
    seen: [call('reviews-v1')],
    ms: [2, 2],
    access_log: { gateway: log },
    ...change,
  }
}

function observed(change: Partial<Observation> = {}): Observation {
  const response = answer('reviews-v1', 'Sun, 22 Nov 2026 10:00:00 GMT', '612')
  return { responses: [response], ms: [3], seen: [call('reviews-v1')], logs: [log], ...change }
}

const anyReviews = { gateway: { ...log, cluster: 'outbound|9080||reviews.default.svc.cluster.local' } }

describe('one call', () => {
  it('agrees although date, service time and the length of the echo differ', () => {
    expect(differences(recorded(), observed())).toEqual([])
  })

  it('differs in a header line, and says which', () => {
    const more: WireResponse = { ...answer('reviews-v1'), headers: [...answer('reviews-v1').headers, ['x', '1']] }
    expect(differences(recorded(), observed({ responses: [more] }))).toEqual(['answer:\n  + x: 1'])
  })

  it('differs in the order of header lines alone', () => {
    const turned: WireResponse = { ...answer('reviews-v1'), headers: answer('reviews-v1').headers.toReversed() }
    expect(differences(recorded(), observed({ responses: [turned] }))[0]).toContain('order -')
  })

  it('differs in the length and text of an answer of the proxy', () => {
    const own = (body: string): WireResponse => ({
      status_line: 'HTTP/1.1 404 Not Found',
      headers: [['content-length', String(body.length)]],
      body,
    })
    const theirs = recorded({ response: own('gone'), statuses: { 404: 1 }, backends: { '-': 1 }, hits: {}, seen: [] })
    const ours = observed({ responses: [own('lost!')], seen: [] })
    expect(differences(theirs, ours)[0]).toContain('- content-length: 4')
  })

  it('takes another endpoint only where no subset was named', () => {
    const elsewhere = { responses: [answer('reviews-v2')], seen: [call('reviews-v2')] }
    expect(differences(recorded(), observed(elsewhere))).not.toEqual([])
    const open = recorded({ access_log: anyReviews })
    expect(differences(open, observed({ ...elsewhere, logs: [anyReviews.gateway] }))).toEqual([])
  })

  it('differs in what the backend saw, in hits and in the log', () => {
    const found = differences(
      recorded(),
      observed({ seen: [call('reviews-v1', ['x-new', '1']), call('reviews-v1')].slice(0, 1), logs: [{ ...log, flags: 'UC' }] }),
    )
    expect(found).toEqual(['backend saw:\n  + x-new: 1', 'access log:\n  - -\n  + UC'])
    expect(differences(recorded(), observed({ seen: [] }))).toContain('calls of reviews-v1: 1 recorded, 0 here')
  })

  it('may not answer at once what took seconds', () => {
    expect(differences(recorded({ ms: [2000, 2000] }), observed({ ms: [1900] }))).toEqual([])
    expect(differences(recorded({ ms: [2000, 2000] }), observed({ ms: [10] }))).toHaveLength(1)
  })

  it('allows the time left to a second attempt to differ, not that of the first', () => {
    const timed = (ms: string, attempt: string) =>
      call('reviews-v1', ['x-envoy-expected-rq-timeout-ms', ms], ['x-envoy-attempt-count', attempt])
    const agree = (attempt: string) =>
      differences(recorded({ seen: [timed('1977', attempt)] }), observed({ seen: [timed('1950', attempt)] }))
    expect(agree('2')).toEqual([])
    expect(agree('1')).toHaveLength(1)
  })
})

describe('many calls', () => {
  const many = (v1: number) =>
    observed({
      responses: [
        ...Array.from({ length: v1 }, () => answer('reviews-v1')),
        ...Array.from({ length: 1000 - v1 }, () => answer('reviews-v2')),
      ],
      seen: [
        ...Array.from({ length: v1 }, () => call('reviews-v1')),
        ...Array.from({ length: 1000 - v1 }, () => call('reviews-v2')),
      ],
    })
  const split = recorded({
    n: 1000,
    statuses: { 200: 1000 },
    backends: { 'reviews-v1': 200, 'reviews-v2': 800 },
    hits: { 'reviews-v1': 200, 'reviews-v2': 800 },
  })

  it.each([200, 170, 260])('agree with a split of 200 of 1000 at %i', v1 => {
    expect(differences(split, many(v1))).toEqual([])
  })

  it.each([0, 80, 330, 800])('differ from a split of 200 of 1000 at %i', v1 => {
    expect(differences(split, many(v1))).not.toEqual([])
  })

  it('hold endpoints of one service to the evenness of their use, not to their names', () => {
    const sticky = { ...split, access_log: anyReviews, backends: { 'reviews-v2': 1000 }, hits: { 'reviews-v2': 1000 } }
    const logs = [anyReviews.gateway]
    expect(differences(sticky, { ...many(1000), logs })).toEqual([])
    expect(differences(sticky, { ...many(500), logs })).not.toEqual([])
  })
})

describe('withoutChance', () => {
  it.each([
    ['date', 'Sat, 21 Nov 2026 09:15:01 GMT', 'DATE'],
    ['date', 'today', 'today'],
    ['x-request-id', '924f9d59-0b14-4701-8564-e55c17f93ccf', 'UUID'],
    ['x-request-id', 'my-id', 'my-id'],
    ['x-up', '127.0.0.1:19001', '127.0.0.1:PORT'],
    ['location', 'http://a.test:8080/n', 'http://a.test:8080/n'],
    ['set-cookie', 'sess="a086f004654cfc52"; Max-Age=3600; HttpOnly', 'sess="HASH"; Max-Age=3600; HttpOnly'],
  ])('%s: %s becomes %s', (name, value, expected) => {
    expect(withoutChance(name, value)).toBe(expected)
  })
})
