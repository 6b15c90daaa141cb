import { mkdtempSync, rmSync } from 'node:fs'
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { http } from '@google-cloud/functions-framework'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { afterEach, describe, expect, it } from 'vitest'
import { type Serving, serve } from './serve.ts'

const env = { LOG_LEVEL: 'silent', K_SERVICE: 's', K_REVISION: 's-00001' }
const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(module: object, listen: { path: string } | { host: string; port: number }): Promise<Serving> {
  const serving = await serve(module, { listen, env })
  open.push(() => serving.close(1_000))
  return serving
}

const startApp = (app: object) => start({ default: app }, { host: '127.0.0.1', port: 0 })
const portOf = ({ address }: Serving) => ('port' in address ? address.port : 0)

function session(serving: Serving): ClientHttp2Session {
  const made = connect(`http://127.0.0.1:${portOf(serving)}`)
  open.push(() => made.destroy())
  return made.on('error', () => {})
}

interface Got {
  headers: IncomingHttpHeaders
  trailers: IncomingHttpHeaders
  body: string
}

/** One request, whole; rejects when the stream is reset. */
function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Got> {
  const stream = client.request(headers, { endStream: body === undefined })
  const got: Got = { headers: {}, trailers: {}, body: '' }
  stream.setEncoding('utf8')
  stream.on('response', given => {
    got.headers = given
  })
  stream.on('trailers', given => {
    got.trailers = given
  })
  stream.on('data', text => {
    got.body += text
  })
  if (body !== undefined) stream.end(body)
  return new Promise((resolve, reject) => stream.on('end', () => resolve(got)).on('error', reject))
}

const hello = new Hono()
  .get('/', c => c.text('hello'))
  .post('/echo', async c => c.text(await c.req.text()))
  .get('/host', c => c.text(new URL(c.req.url).host))

describe('HTTP/2 with prior knowledge, on the listener of HTTP/1.1', () => {
  it('is served by the same function, beside HTTP/1.1', async () => {
    const serving = await startApp(hello)
    const two = await ask(session(serving), { ':path': '/' })
    const one = await fetch(`http://127.0.0.1:${portOf(serving)}/`)
    expect([two.headers[':status'], two.body]).toEqual([200, 'hello'])
    expect([one.status, await one.text()]).toEqual([200, 'hello'])
  })

  it('on a unix socket too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'http2-'))
    const path = join(folder, 's')
    const serving = await start({ default: hello }, { path })
    const client = connect('http://function', { createConnection: () => connectSocket(path) })
    expect((await ask(client, { ':path': '/' })).body).toBe('hello')
    client.destroy()
    await serving.close(1_000)
    rmSync(folder, { recursive: true })
  })

  it('carries many requests at once on one connection', async () => {
    const client = session(await startApp(hello))
    const bodies = Array.from({ length: 100 }, (_, index) => `body ${index} ${'x'.repeat(index * 997)}`)
    const post = { ':path': '/echo', ':method': 'POST' }
    const answers = await Promise.all(bodies.map(body => ask(client, post, body)))
    expect(answers.map(each => each.body)).toEqual(bodies)
  })

  it('shows handlers the authority as host', async () => {
    const got = await ask(session(await startApp(hello)), { ':path': '/host', ':authority': 'a.example:81' })
    expect(got.body).toBe('a.example:81')
  })

  it.each([
    ['/', 's-00001'],
    ['/nowhere', 's-00001'],
    ['/healthz', 's-00001'],
    ['/metrics', 's-00001'],
  ])('stamps the answer of %s with service and revision, and with no field of HTTP/1.1', async (path, revision) => {
    const { headers } = await ask(session(await startApp(hello)), { ':path': path })
    expect([headers['x-service'], headers['x-revision']]).toEqual(['s', revision])
    for (const name of ['connection', 'keep-alive', 'transfer-encoding']) expect(headers).not.toHaveProperty(name)
  })

  it('answers /healthz itself', async () => {
    expect((await ask(session(await startApp(hello)), { ':path': '/healthz' })).body).toBe('{"alive": true}')
  })

  it.each(['HEAD', 'DELETE', 'GET'])('%s with or without a body ends', async method => {
    const app = new Hono().all('/', async c => c.text(`${c.req.method} ${await c.req.text()}`))
    const client = session(await startApp(app))
    const request = { ':path': '/', ':method': method }
    expect((await ask(client, request)).body).toBe(method === 'HEAD' ? '' : `${method} `)
    if (method === 'DELETE') expect((await ask(client, request, 'body')).body).toBe('DELETE body')
  })

  it.each([204, 304])('%i has no body', async status => {
    const client = session(await startApp(new Hono().get('/', () => new Response(null, { status }))))
    expect(await ask(client, { ':path': '/' })).toMatchObject({ headers: { ':status': status }, body: '' })
  })

  it('streams events while the handler goes on', async () => {
    const goOn = Promise.withResolvers<void>()
    const app = new Hono().get('/', c =>
      streamSSE(c, async stream => {
        await stream.writeSSE({ data: 'first' })
        await goOn.promise
        await stream.writeSSE({ data: 'last' })
      }),
    )
    const stream = session(await startApp(app))
      .request({ ':path': '/' })
      .setEncoding('utf8')
    const got: string[] = []
    for await (const text of stream) {
      got.push(text)
      goOn.resolve()
    }
    expect(got.join('')).toBe('data: first\n\ndata: last\n\n')
    expect(got.length).toBeGreaterThan(1)
  })

  it('tells the handler that its client is gone', async () => {
    const entered = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const app = new Hono().get('/', c => {
      c.req.raw.signal.addEventListener('abort', () => aborted.resolve())
      entered.resolve()
      return new Promise<Response>(() => {})
    })
    const stream = session(await startApp(app)).request({ ':path': '/' })
    stream.on('error', () => {})
    await entered.promise
    stream.close(constants.NGHTTP2_CANCEL)
    await aborted.promise
  })

  it('serves a function of the Functions Framework, trailers included', async () => {
    http('http2-function', (request, response) => {
      response.setHeader('trailer', 'x-sum')
      response.write(JSON.stringify({ path: request.path, body: request.body }))
      response.addTrailers({ 'x-sum': '42' })
      response.end()
    })
    const client = session(await start({ target: 'http2-function' }, { host: '127.0.0.1', port: 0 }))
    const headers = { ':path': '/there', ':method': 'POST', 'content-type': 'application/json' }
    const got = await ask(client, headers, '{"a":1}')
    expect([JSON.parse(got.body), got.trailers['x-sum']]).toEqual([{ path: '/there', body: { a: 1 } }, '42'])
  })

  it('resets a stream whose answer breaks off, and serves the next', async () => {
    http('http2-broken', (request, response) => {
      response.write('half')
      if (request.path === '/half') response.socket?.destroy()
      else response.end()
    })
    const client = session(await start({ target: 'http2-broken' }, { host: '127.0.0.1', port: 0 }))
    await expect(ask(client, { ':path': '/half' })).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR/)
    expect((await ask(client, { ':path': '/whole' })).body).toBe('half')
  })

  it.each([[{ ':path': '/é' }], [{ ':path': '/a b' }], [{ ':path': '/', ':method': 'WEIRD' }]])(
    'survives %j, which HTTP/1.1 cannot carry',
    async headers => {
      const client = session(await startApp(hello))
      const got = await ask(client, headers).catch(() => undefined)
      expect(got?.body).not.toBe('hello')
      expect((await ask(client, { ':path': '/' })).body).toBe('hello')
    },
  )

  it('is recognized however its first bytes arrive', async () => {
    const serving = await startApp(hello)
    const socket = connectSocket(portOf(serving), '127.0.0.1')
    open.push(() => socket.destroy())
    socket.setNoDelay(true)
    const settings = Promise.withResolvers<Buffer>()
    socket.once('data', data => settings.resolve(data))
    for (const part of ['P', 'RI * HT', 'TP/2.0\r\n\r\nSM\r\n\r', '\n\0\0\0\x04\0\0\0\0\0']) {
      socket.write(part, 'latin1')
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    // Type 4 of a frame is SETTINGS.
    expect((await settings.promise)[3]).toBe(4)
  })

  it.each([
    ['POST', 'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi', /200 OK[\s\S]*hi$/],
    ['PRI', 'PRI * HTTP/1.1\r\nhost: a\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('%s of HTTP/1.1 in pieces is not mistaken for it', async (_method, request, answer) => {
    const socket = connectSocket(portOf(await startApp(hello)), '127.0.0.1')
      .setNoDelay(true)
      .setEncoding('utf8')
    open.push(() => socket.destroy())
    for (const part of [request.slice(0, 1), request.slice(1, 3), request.slice(3)]) {
      socket.write(part)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    let got = ''
    for await (const text of socket) got += text
    expect(got).toMatch(answer)
  })
})

describe('draining HTTP/2', () => {
  it('KNI-18: lets the request in flight finish, and tells the client to go away', async () => {
    const entered = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const app = new Hono().get('/', async c => {
      entered.resolve()
      await finish.promise
      return c.text('whole')
    })
    const serving = await startApp(app)
    const client = session(serving)
    const away = new Promise(resolve => client.once('goaway', resolve))
    const answer = ask(client, { ':path': '/' })
    await entered.promise
    const closed = serving.close(10_000)
    await away
    finish.resolve()
    expect((await answer).body).toBe('whole')
    await closed
  })

  it('ends at once when nothing is in flight, silent connections included', async () => {
    const serving = await startApp(hello)
    await ask(session(serving), { ':path': '/' })
    const silent = connectSocket(portOf(serving), '127.0.0.1')
    const ended = new Promise(resolve => silent.once('close', resolve))
    await new Promise(resolve => silent.once('connect', resolve))
    await serving.close(60_000)
    await ended
  })

  it('cuts what outlasts the grace', async () => {
    const entered = Promise.withResolvers<void>()
    const app = new Hono().get('/', () => {
      entered.resolve()
      return new Promise<Response>(() => {})
    })
    const serving = await startApp(app)
    const client = session(serving)
    const answer = ask(client, { ':path': '/' }).catch(() => 'cut')
    const gone = new Promise(resolve => client.once('close', resolve))
    await entered.promise
    await serving.close(50)
    await gone
    expect(await Promise.race([answer, 'never answered'])).not.toMatchObject({ headers: { ':status': 200 } })
  })
})
