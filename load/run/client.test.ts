import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../world.ts'
import { type Client, type ClientOptions, client, kindOf } from './client.ts'

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

async function asking(listener: RequestListener, over: Partial<ClientOptions> = {}): Promise<Client> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const made = clientOf((server.address() as AddressInfo).port, over)
  endings.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return made
}

function clientOf(port: number, over: Partial<ClientOptions>): Client {
  const made = client({
    ...{
      origin: `http://127.0.0.1:${port}`,
      host: 'a.example',
      profile: { requests: [{ path: '/one' }, { path: '/two' }] },
    },
    ...{ connections: 2, timeoutMs: 1_000, now: () => 100, ...over },
  })
  endings.push(() => made.cut())
  return made
}

describe('the client', () => {
  it('sends the requests of the profile in turn, to the host, and reads who answered', async () => {
    const seen: string[] = []
    const sending = await asking((request, answer) => {
      seen.push(`${request.method} ${request.headers.host}${request.url}`)
      answer.setHeader('x-revision', 'a-00002').end('hello')
    })
    expect(await sending.send(60)).toEqual({ latencyMs: 40, status: 200, revision: 'a-00002', bytes: 5 })
    await sending.send(60)
    await sending.send(60)
    expect(seen).toEqual(['GET a.example/one', 'GET a.example/two', 'GET a.example/one'])
  })

  it('posts bodies with their headers', async () => {
    let got = ''
    const sending = await asking(
      async (request, answer) => {
        for await (const part of request) got += part
        answer.end(got + request.headers['x-a'])
      },
      {
        profile: {
          requests: [{ method: 'POST', path: '/', headers: { 'x-a': '!' }, body: 'hi' }],
          flawOf: body => body,
        },
      },
    )
    expect((await sending.send(0))?.error).toBe('hi!')
  })

  it('keeps connections, or closes each where the profile does', async () => {
    const ports = new Set<number | undefined>()
    const listener: RequestListener = (request, answer) => {
      ports.add(request.socket.remotePort)
      answer.end()
    }
    const kept = await asking(listener)
    for (let count = 0; count < 6; count++) await kept.send(0)
    expect(ports.size).toBeLessThanOrEqual(2)
    ports.clear()
    const closing = await asking(listener, { profile: { requests: [{ path: '/' }], closes: true } })
    for (let count = 0; count < 6; count++) await closing.send(0)
    expect(ports.size).toBe(6)
  })

  it('calls another status an error, and keeps it', async () => {
    const sending = await asking((_, answer) => answer.writeHead(503).end())
    expect(await sending.send(0)).toMatchObject({ status: 503, error: 'status 503 instead of 200' })
  })

  it('calls the status good that the profile wants', async () => {
    const profile = { requests: [{ path: '/' }] as const, status: 404 }
    const sending = await asking((_, answer) => answer.writeHead(404).end(), { profile })
    expect((await sending.send(0))?.error).toBeUndefined()
  })

  it.each<[string, RequestListener, string]>([
    ['a connection closed instead of an answer', request => request.socket.destroy(), 'connection closed before'],
    [
      'an answer that breaks off',
      (request, answer) => {
        answer.setHeader('content-length', 100).write('half')
        setTimeout(() => request.socket.destroy(), 20)
      },
      'connection closed before',
    ],
    ['silence', () => {}, 'no answer within 1 s'],
  ])('names %s', async (_, listener, kind) => {
    const sending = await asking(listener)
    expect(await sending.send(0)).toMatchObject({ status: 0, error: expect.stringContaining(kind) })
  })

  it('names a port where nobody listens', async () => {
    expect((await clientOf(await freePort(), {}).send(0))?.error).toBe('connection refused')
  })

  it('does not count what was cut', async () => {
    const sending = await asking(() => {})
    const pending = sending.send(0)
    setTimeout(() => sending.cut(), 50)
    expect(await pending).toBeUndefined()
  })
})

it('an error nobody thought of keeps its code', () => {
  expect(kindOf(Object.assign(new Error('odd'), { code: 'EODD' }), 1)).toBe('EODD')
  expect(kindOf(new Error('odd'), 1)).toBe('odd')
})
