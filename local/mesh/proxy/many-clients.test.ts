import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { answering } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { eventually } from '../testing/raw-client.ts'
import { ask, backendOf, clientOf, host, worldBefore, worldOf } from './gateway-harness.ts'
import { get, routedWorld } from './routed-harness.ts'

// Many clients at once, clients that leave, and what stays behind them.

const request = (path = '/') => `GET ${path} HTTP/1.1\r\n${host}\r\n`
const sum = (upstreams: { released: number; failed: number }) => upstreams.released + upstreams.failed

describe('many connections', () => {
  it('a thousand that say nothing keep nobody from being answered, and end with the mesh', async () => {
    const { port, mesh } = await worldBefore()
    const idle = Array.from({ length: 1_000 }, () => clientOf(port))
    await eventually(() => idle.every(({ socket }) => !socket.connecting))
    expect(await ask(port, `${request().slice(0, -2)}connection: close\r\n\r\n`).end()).toMatch(/hi$/)
    await mesh.close(10_000)
    await Promise.all(idle.map(client => client.end()))
    expect(idle.every(({ text }) => text === '')).toBe(true)
  })

  it('that stay idle for an hour are closed', async () => {
    const clock = new FakeClock()
    const backend = await backendOf(answering())
    const { port } = await worldOf(countedUpstreams(backend.port), { clock })
    const [silent, served] = [clientOf(port), ask(port, request())]
    await served.until('hi')
    while (!silent.ended || !served.ended) {
      await clock.advance(600_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(silent.text).toBe('')
    expect(served.text).toMatch(/hi$/)
  })
})

describe('rules that change while requests are under way', () => {
  it('drop none of two hundred, and hold for the next', async () => {
    const waiting: Socket[] = []
    const backend = await backendOf(socket => void waiting.push(socket))
    const { port, route, records } = await routedWorld([backend.port], {})
    const clients = Array.from({ length: 200 }, (_, index) => ask(port, get(`/${index}`)))
    await eventually(() => waiting.length === 200)
    for (let swap = 0; swap < 5; swap++) route({ headers: { response: { set: { 'x-swap': String(swap) } } } })
    route({ directResponse: { status: 204 }, route: undefined as never })
    for (const socket of waiting) answering('old rules')(socket)
    await Promise.all(clients.map(client => client.until('old rules')))
    expect(clients.every(({ text }) => text.startsWith('HTTP/1.1 200 '))).toBe(true)
    expect(records.every(({ status, flags }) => status === 200 && flags === '-')).toBe(true)
    expect(await ask(port, get()).until('\r\n\r\n')).toMatch(/^HTTP\/1.1 204 /)
  })

  it('on a connection that lasts hold from its next request on', async () => {
    const backend = await backendOf(answering('ok'))
    const { port, route } = await routedWorld([backend.port], {})
    const client = ask(port, get())
    await client.until('ok')
    route({ headers: { response: { set: { 'x-new': 'yes' } } } })
    await client.send(get()).until('x-new: yes')
  })
})

describe('a client that leaves', () => {
  const rows: [sentence: string, onData: (socket: Socket, text: string) => void, text: string][] = [
    ['before the answer', () => {}, request()],
    ['in the middle of its own body', () => {}, `POST / HTTP/1.1\r\n${host}content-length: 100\r\n\r\npart`],
    ['in the middle of a chunk', () => {}, `POST / HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n9\r\npart`],
    [
      'in the middle of the answer',
      socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart'),
      request(),
    ],
    ['after an interim answer', socket => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), request()],
  ]
  it.each(rows)('%s gives its place back, once', async (_sentence, onData, text) => {
    const { port, upstreams, backend } = await worldBefore(onData)
    const client = ask(port, text)
    await eventually(() => (backend.received[0] ?? '').length > 0)
    await new Promise(resolve => setTimeout(resolve, 20))
    client.close()
    await eventually(() => sum(upstreams) === 1)
    await eventually(() => backend.connections[0]?.destroyed === true)
    expect(upstreams.granted).toBe(1)
  })

  it('a hundred at once leave no place taken and no connection open', async () => {
    const { port, upstreams, backend } = await worldBefore(() => {})
    const clients = Array.from({ length: 100 }, () => ask(port, request()))
    await eventually(() => backend.connections.length === 100)
    for (const client of clients) client.close()
    await eventually(() => sum(upstreams) === 100)
    await eventually(() => backend.connections.every(({ destroyed }) => destroyed))
    expect(upstreams.granted).toBe(100)
  })

  it('with requests behind the one under way has none of them answered', async () => {
    const { port, upstreams, backend } = await worldBefore(() => {})
    const client = ask(port, request('/1') + request('/2') + request('/3'))
    await eventually(() => backend.received.length === 1)
    client.close()
    await eventually(() => sum(upstreams) === 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(upstreams.granted).toBe(1)
  })
})

describe('connections to endpoints', () => {
  it('are kept for the next request, and at most 256 of them', async () => {
    const waiting: Socket[] = []
    const { port, backend } = await worldBefore(socket => void waiting.push(socket))
    const clients = Array.from({ length: 300 }, () => ask(port, request()))
    await eventually(() => waiting.length === 300)
    for (const socket of waiting.splice(0)) answering('ok')(socket)
    await Promise.all(clients.map(client => client.until('ok')))
    await eventually(() => backend.connections.filter(({ destroyed }) => !destroyed).length === 256)
  })

  it('that nobody needs any more are closed after a minute', async () => {
    const clock = new FakeClock()
    const backend = await backendOf(answering('ok'))
    const { port } = await worldOf(countedUpstreams(backend.port), { clock })
    await ask(port, request()).until('ok')
    await clock.advance(59_000)
    expect(backend.connections[0]?.destroyed).toBe(false)
    await clock.advance(62_000)
    await eventually(() => backend.connections[0]?.destroyed === true)
  })
})

describe('what an endpoint answers that no client could use', () => {
  const ok = 'HTTP/1.1 200 OK\r\n'
  const rows: [sentence: string, answer: string][] = [
    ['a head without end', `${ok}x-a: ${'a'.repeat(70_000)}`],
    ['a head over 60 KiB', `${ok}x-a: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['more than a hundred header lines', `${ok}${'x-a: 1\r\n'.repeat(200)}\r\n`],
    ['a line that is no header', `${ok}nonsense\r\n\r\n`],
    ['two lengths', `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ['a length that is no number', `${ok}content-length: -1\r\n\r\n`],
    ['a status that is none', 'HTTP/1.1 99 Low\r\n\r\n'],
  ]
  it.each(rows)('%s is 502, and its connection is not used again', async (_sentence, answer) => {
    const { port, backend, upstreams } = await worldBefore((socket, _text, index) => {
      if (index === 0) socket.write(answer)
      else answering('ok')(socket)
    })
    const client = ask(port, request())
    expect(await client.until('protocol error')).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
    await client.send(request()).until('ok')
    expect(backend.connections.length).toBe(2)
    expect(sum(upstreams)).toBe(2)
  })

  it('bytes behind the answer are thrown away with their connection', async () => {
    const { port, backend } = await worldBefore(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil')
    })
    const client = ask(port, request())
    await client.until('ok')
    await eventually(() => backend.connections[0]?.destroyed === true)
    expect(client.text).not.toContain('evil')
  })
})

describe('a slow client', () => {
  it('that writes byte by byte is answered', async () => {
    const { port } = await worldBefore()
    const client = clientOf(port)
    for (const byte of request()) {
      client.send(byte)
      await new Promise(resolve => setImmediate(resolve))
    }
    await client.until('hi')
  })

  it('that reads nothing is waited for, and holds up nobody else', async () => {
    const body = 'b'.repeat(8 * 2 ** 20)
    const { port } = await worldBefore((socket, text) =>
      (text.includes('/large') ? answering(body) : answering())(socket),
    )
    const slow = clientOf(port)
    slow.socket.pause()
    slow.send(request('/large'))
    await ask(port, request('/small')).until('hi')
    slow.socket.resume()
    await slow.until(text => text.length > body.length)
  })
})
