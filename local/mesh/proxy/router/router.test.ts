import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import { answering } from '../../testing/backend.ts'
import { eventually } from '../../testing/raw-client.ts'
import { answerInTime, ask, backendOf, deadPort } from '../gateway-harness.ts'
import { get, post, routedWorld, shop } from '../routed-harness.ts'

// Tries at endpoints of a route, on real sockets.

type OnData = (socket: Socket, text: string, index: number) => void

const status =
  (code: number): OnData =>
  socket =>
    void socket.write(`HTTP/1.1 ${code} X\r\ncontent-length: 0\r\n\r\n`)
const dying: OnData = socket => void socket.destroy()
const silent: OnData = () => {}

/** Answers its first requests one way, all others with 200. */
function firstly(count: number, first: OnData): OnData {
  let seen = 0
  return (socket, text, index) => (seen++ < count ? first(socket, text, index) : answering('ok')(socket))
}

const statusOf = (text: string) => Number(text.slice(9, 12))
const tryCounts = (received: readonly string[]) =>
  received
    .join('')
    .match(/x-envoy-attempt-count: \d+/g)
    ?.map(line => Number(line.slice(-1)))

async function routed(onData: OnData, options: Parameters<typeof routedWorld>[1] = {}) {
  const clock = new FakeClock()
  const backend = await backendOf(onData)
  const world = await routedWorld([backend.port], { clock, ...options })
  const answer = (request: string, enough = '\r\n\r\n') => answerInTime(clock, ask(world.port, request), enough)
  return { ...world, backend, clock, answer }
}

describe('tries', () => {
  it('are the route’s attempts and one more, each with its number, and the last answer is the answer', async () => {
    const { answer, backend, records } = await routed(status(503), {
      rule: { retries: { attempts: 3, retryOn: '5xx' } },
    })
    expect(statusOf(await answer(get()))).toBe(503)
    expect(tryCounts(backend.received)).toEqual([1, 2, 3, 4])
    expect(records[0]).toMatchObject({ status: 503, flags: 'URX', details: 'via_upstream', attempts: 4 })
  })

  it('end with the first answer that is wanted', async () => {
    const { answer, backend, records } = await routed(firstly(2, status(503)), {
      rule: { retries: { attempts: 5, retryOn: '5xx' } },
    })
    expect(await answer(get(), 'ok')).toContain('HTTP/1.1 200 OK')
    expect(tryCounts(backend.received)).toEqual([1, 2, 3])
    expect(records[0]).toMatchObject({ status: 200, flags: '-', attempts: 3 })
  })

  it.each([
    ['a 503 without retryOn', status(503), undefined, 1],
    ['a connection that ends without an answer', dying, undefined, 1],
    ['the same where retryOn names it', dying, 'reset', 3],
    [
      'an answer that is no HTTP where retryOn says 5xx',
      (socket => void socket.write('no\r\n\r\n')) as OnData,
      '5xx',
      3,
    ],
  ])('after %s', async (_case, onData, retryOn, tries) => {
    const { answer, records } = await routed(onData, retryOn ? { rule: { retries: { attempts: 2, retryOn } } } : {})
    expect(statusOf(await answer(get()))).toBeGreaterThanOrEqual(502)
    expect(records[0]).toMatchObject({ attempts: tries })
  })

  it('by default are three where nobody listens', async () => {
    const clock = new FakeClock()
    const { port, records } = await routedWorld([await deadPort()], { clock })
    const text = await answerInTime(clock, ask(port, get()), 'refused')
    expect(text).toContain('retried and the latest reset reason: remote connection failure')
    expect(records[0]).toMatchObject({ status: 503, flags: 'URX,UF', attempts: 3 })
  })

  it('with attempts 0 is one', async () => {
    const clock = new FakeClock()
    const { port, records } = await routedWorld([await deadPort()], { clock, rule: { retries: { attempts: 0 } } })
    await answerInTime(clock, ask(port, get()), 'refused')
    expect(records[0]).toMatchObject({ flags: 'UF', attempts: 1 })
  })

  it('go to endpoints that were not tried yet', async () => {
    const clock = new FakeClock()
    const backends = await Promise.all([backendOf(status(503)), backendOf(status(503)), backendOf(status(503))])
    const ports = backends.map(({ port }) => port)
    const { port } = await routedWorld(ports, { clock, rule: { retries: { attempts: 2, retryOn: '5xx' } } })
    await answerInTime(clock, ask(port, get()), '\r\n\r\n')
    expect(backends.map(({ received }) => received.length)).toEqual([1, 1, 1])
  })

  it('repeat a body as it came', async () => {
    const { answer, backend } = await routed(firstly(1, status(503)), {
      rule: { retries: { attempts: 1, retryOn: '5xx' } },
    })
    await answer(post('the body'), 'ok')
    expect(backend.received.join('').match(/\r\n\r\nthe body/g)).toHaveLength(2)
  })

  it('repeat no body that is too large to keep', async () => {
    const body = 'b'.repeat(1_200_000)
    let got = 0
    const { answer, records } = await routed(
      (socket, text) => {
        got += text.length
        if (got > body.length) status(503)(socket, text, 0)
      },
      { rule: { retries: { attempts: 3, retryOn: '5xx' } } },
    )
    expect(statusOf(await answer(post(body)))).toBe(503)
    expect(records[0]).toMatchObject({ attempts: 1, flags: '-' })
  })

  it('end when the client leaves between them', async () => {
    const { port, backend, clock, records } = await routed(status(503), {
      rule: { retries: { attempts: 5, retryOn: '5xx', backoff: '10s' } },
    })
    const client = ask(port, get())
    await eventually(() => backend.received.length === 1)
    client.close()
    await eventually(() => records.length === 1)
    await clock.advance(600_000)
    expect(backend.received).toHaveLength(1)
    expect(records[0]).toMatchObject({ status: 0, flags: 'DC' })
  })
})

describe('the route’s timeout', () => {
  it('answers 504 when nothing came', async () => {
    const { answer, records } = await routed(silent, { rule: { timeout: '1s' } })
    expect(await answer(get(), 'timeout')).toMatch(/^HTTP\/1.1 504 .*\r\n\r\nupstream request timeout$/s)
    expect(records[0]).toMatchObject({ flags: 'UT', details: 'response_timeout', durationMs: 1_000 })
  })

  it('counts from the end of the request’s body', async () => {
    const { port, clock, backend } = await routed(silent, { rule: { timeout: '1s' } })
    const client = ask(port, `POST / HTTP/1.1\r\n${shop}content-length: 4\r\n\r\nbo`)
    await eventually(() => backend.received.join('').endsWith('bo'))
    await clock.advance(60_000)
    expect(client.text).toBe('')
    client.send('dy')
    await eventually(() => backend.received.join('').endsWith('body'))
    expect(await answerInTime(clock, client, 'timeout')).toContain('504')
  })

  it('holds for all tries together', async () => {
    const { answer, backend, records } = await routed(silent, {
      rule: { timeout: '1s', retries: { attempts: 9, perTryTimeout: '300ms', retryOn: '5xx' } },
    })
    await answer(get(), 'timeout')
    expect(backend.received.length).toBeLessThan(5)
    expect(records[0]).toMatchObject({ flags: 'UT', details: 'response_timeout', durationMs: 1_000 })
  })

  it('cuts an answer that began and does not end', async () => {
    const { port, clock } = await routed(
      socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'),
      { rule: { timeout: '1s' } },
    )
    const client = ask(port, get())
    await client.until('part')
    await clock.advance(1_000)
    expect(await client.end()).toMatch(/part$/)
  })

  it('tells each try what is left of it', async () => {
    const { answer, backend } = await routed(firstly(1, silent), {
      rule: { timeout: '2s', retries: { attempts: 1, perTryTimeout: '1.5s', retryOn: '5xx' } },
    })
    await answer(get(), 'ok')
    const told = backend.received.join('').match(/x-envoy-expected-rq-timeout-ms: \d+/g) ?? []
    expect(told[0]).toBe('x-envoy-expected-rq-timeout-ms: 1500')
    expect(Number(told[1]?.slice(32))).toBeLessThanOrEqual(500)
  })
})

describe('the time of one try', () => {
  it('passes to another try where retryOn says so', async () => {
    const { answer, records } = await routed(firstly(1, silent), {
      rule: { retries: { attempts: 1, perTryTimeout: '300ms', retryOn: '5xx' } },
    })
    await answer(get(), 'ok')
    expect(records[0]).toMatchObject({ status: 200, attempts: 2 })
  })

  it.each([
    [undefined, 'UT', 1],
    ['gateway-error', 'URX,UT', 3],
  ])('with retryOn %s ends in 504', async (retryOn, flags, attempts) => {
    const retries = { attempts: 2, perTryTimeout: '300ms', ...(retryOn && { retryOn }) }
    const { answer, records } = await routed(silent, { rule: { retries } })
    expect(statusOf(await answer(get(), 'timeout'))).toBe(504)
    expect(records[0]).toMatchObject({ flags, details: 'upstream_per_try_timeout', attempts })
  })
})

describe('the time a connection may take', () => {
  it('ends in another try, and at last in 503', async () => {
    const clock = new FakeClock()
    const backend = await backendOf(silent)
    const { port, records } = await routedWorld([backend.port], {
      ...{ clock, rule: { retries: { attempts: 1, retryOn: 'connect-failure' } } },
      policy: { tls: { mode: 'SIMPLE' }, connectionPool: { tcp: { connectTimeout: '2s' } } },
    })
    const text = await answerInTime(clock, ask(port, get()), 'timeout')
    expect(text).toContain('retried and the latest reset reason: connection timeout')
    expect(records[0]).toMatchObject({ status: 503, flags: 'URX,UF', attempts: 2 })
    expect(records[0]?.durationMs).toBeGreaterThanOrEqual(4_000)
  })

  it('is no matter of a connection that stands', async () => {
    const { port, clock, backend } = await routed(silent, {
      policy: { connectionPool: { tcp: { connectTimeout: '2s' } } },
    })
    const client = ask(port, get())
    await eventually(() => backend.received.length === 1)
    await clock.advance(60_000)
    for (const socket of backend.connections) answering('late')(socket)
    await client.until('late')
  })
})

describe('circuit breakers', () => {
  it('answer 503 to who finds no place, and let others in when one is free', async () => {
    const held: Socket[] = []
    const { port, clock, records } = await routed(socket => void held.push(socket), {
      policy: { connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } } },
    })
    const [first, second] = [ask(port, get('/1')), ask(port, get('/2'))]
    await eventually(() => held.length === 1)
    const third = await answerInTime(clock, ask(port, get('/3')), 'overflow')
    expect(third).toContain('x-envoy-overloaded: true')
    for (const socket of held.splice(0)) answering('one')(socket)
    await eventually(() => held.length === 1)
    for (const socket of held.splice(0)) answering('two')(socket)
    expect([await first.until('one'), await second.until('two')].map(statusOf)).toEqual([200, 200])
    expect(records.map(({ flags }) => flags).toSorted()).toEqual(['-', '-', 'UO'])
  })

  it('forget a client that leaves while it waits', async () => {
    const held: Socket[] = []
    const { port, records } = await routed(socket => void held.push(socket), {
      policy: { connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } } },
    })
    const first = ask(port, get('/1'))
    await eventually(() => held.length === 1)
    const second = ask(port, get('/2'))
    await new Promise(resolve => setTimeout(resolve, 20))
    second.close()
    await eventually(() => records.length === 1)
    const third = ask(port, get('/3'))
    for (const socket of held.splice(0)) answering('one')(socket)
    await first.until('one')
    await eventually(() => held.length === 1)
    for (const socket of held.splice(0)) answering('three')(socket)
    expect(statusOf(await third.until('three'))).toBe(200)
  })
})
