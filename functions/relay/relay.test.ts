import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import front from './front/app.ts'
import { type Relay, serveApp, startRelay } from './relay-under-test.ts'

const line = /^tooks \(\d+ ms\) [a-z-]+ --getRespondFrom--> http:\/\/\S+$/

let relay: Relay
beforeAll(async () => {
  relay = await startRelay()
})
afterAll(() => relay.close())

const textOf = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).text()

describe('the relay, whole', () => {
  it('AIR-01 AIR-02 AIR-11: three hops put a line each before the time, which comes as it was', async () => {
    const lines = (await textOf(relay.urls.front)).split('\n')
    expect(lines).toHaveLength(4)
    for (const each of lines.slice(0, 3)) expect(each).toMatch(line)
    expect(lines.slice(0, 3).map(each => each.split(' ')[3])).toEqual([
      'random-svc-node',
      'prod-svc-python',
      'core-svc-golang',
    ])
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ timezone: 'Asia/Jakarta', utc_offset: '+07:00' })
  })

  it('each line names whom that hop asked', async () => {
    const lines = (await textOf(relay.urls.front)).split('\n')
    expect(lines.slice(0, 2).map(each => each.split(' ').at(-1))).toEqual([relay.urls.middleware, relay.urls.core])
  })

  it('AIR-03: the test core ends at the clock, with three decimals and no newline', async () => {
    const [own, clock] = (await textOf(relay.urls.load)).split('\n')
    expect(own).toMatch(/ load-svc-golang --getRespondFrom--> /)
    expect(clock).toMatch(/^tooks \(\d+\.\d{3} ms\) clock-svc-golang at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  it('AIR-04: is plain text', async () => {
    const answer = await fetch(relay.urls.front)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
  })

  it('HEAD is answered like GET, without the body', async () => {
    const answer = await fetch(relay.urls.front, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })
})

describe.each(['front', 'middleware', 'core', 'clock'] as const)('the routes of %s', service => {
  it('AIR-14: hello', async () => {
    const answer = await fetch(`${relay.urls[service]}hello`)
    expect(await answer.text()).toBe('{"hello":"world!"}')
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  it.each(['POST', 'PUT', 'DELETE'])('AIR-15: hello to %s is an empty object', async method => {
    const answer = await fetch(`${relay.urls[service]}hello`, { method })
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  })

  it('any other path is 404, another method at the root 405', async () => {
    expect((await fetch(`${relay.urls[service]}other`)).status).toBe(404)
    const refused = await fetch(relay.urls[service], { method: 'POST' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('health and metrics are the server’s, and ask nobody', async () => {
    expect((await fetch(`${relay.urls[service]}healthz`)).status).toBe(200)
    expect(await textOf(`${relay.urls[service]}metrics`)).toContain('http_requests_total')
  })
})

describe('headers', () => {
  const told = {
    'x-request-id': 'r-1',
    'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124',
    'x-b3-spanid': 'a2fb4a1d1a96d312',
    'x-b3-parentspanid': '0020000000000001',
    'x-b3-sampled': '1',
    'x-b3-flags': '0',
    'x-ot-span-context': 'span',
    'x-dev-user': 'betaUser',
    fail: '0',
  }

  it('AIR-16: each of the nine is echoed, by hops and by the clock', async () => {
    for (const url of [relay.urls.front, relay.urls.clock, `${relay.urls.core}hello`]) {
      const answer = await fetch(url, { headers: told })
      expect(Object.fromEntries(answer.headers)).toMatchObject(told)
    }
  })

  it('an answer carries none that the request did not', async () => {
    const { headers } = await fetch(relay.urls.front)
    for (const name of Object.keys(told)) expect(headers.has(name)).toBe(false)
  })

  it('AIR-17: all of them, and the W3C pair, reach the last hop', async () => {
    const seen: Record<string, string>[] = []
    const last = new Hono().get('/', c => {
      seen.push(Object.fromEntries(c.req.raw.headers))
      return c.text('end')
    })
    const end = await serveApp(last)
    const middle = await serveApp(front, { UPSTREAM_URI: end.url })
    const first = await serveApp(front, { UPSTREAM_URI: middle.url })
    const w3c = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b' }
    await fetch(first.url, { headers: { ...told, ...w3c, cookie: 'own=1' } })
    expect(seen[0]).toMatchObject({ ...told, ...w3c })
    expect(seen[0]).not.toHaveProperty('cookie')
    await Promise.all([first, middle, end].map(each => each.close()))
  })
})

describe('when the next service fails', () => {
  const upstream = (status: number, body: string) => serveApp(new Hono().get('/', () => new Response(body, { status })))

  it.each([
    [503, 'upstream out of order'],
    [500, ''],
    [404, '404 page not found\n'],
    [302, ''],
  ])('its %i is 502 after the own line, with the status on the next', async (status, body) => {
    const end = await upstream(status, body)
    const own = await serveApp(front, { UPSTREAM_URI: end.url })
    const answer = await fetch(own.url)
    const lines = (await answer.text()).split('\n')
    expect(answer.status).toBe(502)
    expect(lines[0]).toMatch(line)
    expect(lines.slice(1)).toEqual([`upstream answered ${status}`, ''])
    await Promise.all([own.close(), end.close()])
  })

  it('nobody there is 502, too', async () => {
    const own = await serveApp(front, { UPSTREAM_URI: 'http://127.0.0.1:9/' })
    const answer = await fetch(own.url)
    expect(answer.status).toBe(502)
    expect((await answer.text()).split('\n').slice(1)).toEqual(['upstream did not answer', ''])
    await own.close()
  })

  it('AIR-35: two hops up the lines of all hops are there, and what happened after the last', async () => {
    const end = await upstream(502, '')
    const middle = await serveApp(front, { UPSTREAM_URI: end.url, SERVICE_NAME: 'middle' })
    const own = await serveApp(front, { UPSTREAM_URI: middle.url, SERVICE_NAME: 'own' })
    const answer = await fetch(own.url)
    const lines = (await answer.text()).split('\n')
    expect(answer.status).toBe(502)
    expect(lines.slice(0, 2).map(each => each.split(' ')[3])).toEqual(['own', 'middle'])
    expect(lines.slice(2)).toEqual(['upstream answered 502', ''])
    await Promise.all([own, middle, end].map(each => each.close()))
  })

  it('as the original did it, on demand: 200, with what it said', async () => {
    const end = await upstream(503, 'out of order')
    const own = await serveApp(front, { UPSTREAM_URI: end.url, UPSTREAM_ERROR_MODE: 'swallow' })
    const answer = await fetch(own.url)
    expect(answer.status).toBe(200)
    expect((await answer.text()).split('\n')[1]).toBe('out of order')
    await Promise.all([own.close(), end.close()])
  })

  it('the failures are counted', async () => {
    const own = await serveApp(front, { UPSTREAM_URI: 'http://127.0.0.1:9/' })
    await fetch(own.url)
    expect(await textOf(`${own.url}metrics`)).toContain('relay_upstream_failures_total 1')
    await own.close()
  })
})

describe('configuration', () => {
  it('AIR-43: a hop alone, its next one unreachable, says hello', async () => {
    const own = await serveApp(front, { SERVICE_NAME: 'x', UPSTREAM_URI: 'http://127.0.0.1:9/' })
    expect(await textOf(`${own.url}hello`)).toBe('{"hello":"world!"}')
    await own.close()
  })

  it('the Node flavour ends its line with a blank', async () => {
    const own = await serveApp(front, { UPSTREAM_URI: relay.urls.core, FLAVOUR: 'node' })
    expect(await textOf(own.url)).toContain(`--getRespondFrom--> ${relay.urls.core} \n`)
    await own.close()
  })
})
