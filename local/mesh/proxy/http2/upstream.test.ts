import { once } from 'node:events'
import { constants, createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../../../kernel/certificate.ts'
import { FakeClock } from '../../../kernel/clock.ts'
import { answering, startBackend } from '../../testing/backend.ts'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import { eventually, withoutChance } from '../../testing/raw-client.ts'
import { afterTest, host, ask as http1, worldOf } from '../gateway-harness.ts'
import {
  answerOf,
  ask,
  begin,
  hello,
  http2Backend,
  http2Client,
  http2World,
  rawBackend,
  shopObjects,
  shopWorld,
} from './http2-harness.ts'

/** The port of something that is told of each connection, and reads none of it by itself. */
async function tcpBackend(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => onConnection(socket.on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  afterTest(() => server.close())
  return (server.address() as AddressInfo).port
}

describe('a function that listens for h2c', () => {
  it('gets a request of HTTP/1.1 as one of HTTP/2', async () => {
    const backend = await http2Backend()
    const { port } = await http2World(backend.port)
    const text = await http1(port, `GET /a?b=c HTTP/1.1\r\n${host}x-a: 1\r\n\r\n`).until('hello')
    expect(withoutChance(text)).toMatch(
      /^HTTP\/1.1 200 OK\r\ncontent-type: text\/plain\r\ndate: D\r\nx-envoy-upstream-service-time: N\r\nserver: istio-envoy\r\ntransfer-encoding: chunked/,
    )
    expect(backend.requests[0]).toMatchObject({
      ...{ ':method': 'GET', ':path': '/a?b=c', ':scheme': 'http', ':authority': 'hello.app.localhost', 'x-a': '1' },
      ...{ 'x-forwarded-proto': 'http', forwarded: 'for=127.0.0.1;proto=http' },
    })
    expect(Object.keys(backend.requests[0] ?? {})).not.toContain('knative-serving-revision')
  })

  it('gets what chunks brought as data, and trailers as trailers', async () => {
    const got: unknown[] = []
    const backend = await http2Backend(stream => {
      stream.setEncoding('utf8').on('data', piece => got.push(piece))
      stream.on('trailers', trailers => got.push({ ...trailers }))
      stream.on('end', () => hello(stream))
    })
    const { port } = await http2World(backend.port)
    const body = '5\r\nhowdy\r\n0\r\nx-sum: 9\r\n\r\n'
    await http1(port, `POST / HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n${body}`).until('hello')
    expect(got).toEqual(['howdy', expect.objectContaining({ 'x-sum': '9' })])
    expect(backend.requests[0]).not.toHaveProperty('transfer-encoding')
  })

  it('answers in HTTP/2, and its trailers reach clients of HTTP/1.1 behind the last chunk', async () => {
    const backend = await http2Backend(stream => {
      stream.respond({ ':status': 201 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '9' }))
      stream.end('done')
    })
    const { port } = await http2World(backend.port)
    const text = await http1(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('x-sum')
    expect(text).toMatch(/^HTTP\/1.1 201 Created\r\n[\s\S]*\r\n\r\n4\r\ndone\r\n0\r\nx-sum: 9\r\n\r\n$/)
  })

  it('may answer without a body, which clients of HTTP/1.1 see as one of no bytes', async () => {
    const backend = await http2Backend(stream => stream.respond({ ':status': 200 }, { endStream: true }))
    const { port } = await http2World(backend.port)
    const client = http1(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    expect(await client.until('\r\n\r\n')).toContain('content-length: 0\r\n')
    client.text = ''
    expect(await client.send(`HEAD / HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\n')).not.toContain('content-length')
  })

  it('may send informational answers first', async () => {
    const backend = await http2Backend(stream => {
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' })
      hello(stream)
    })
    const { port } = await http2World(backend.port)
    const text = await http1(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('hello')
    expect(text).toMatch(/^HTTP\/1.1 103 Early Hints\r\nlink: <\/a.css>\r\n[\s\S]*HTTP\/1.1 200 OK/)
  })

  it('gives its places back, each once', async () => {
    const backend = await http2Backend()
    const { port, upstreams } = await http2World(backend.port)
    const client = http2Client(port)
    await Promise.all(Array.from({ length: 20 }, () => ask(client)))
    expect([upstreams.granted, upstreams.released, upstreams.failed]).toEqual([20, 20, 0])
  })

  it('is asked by everybody on one connection', async () => {
    const backend = await http2Backend()
    const { port } = await http2World(backend.port)
    const clients = [http2Client(port), http2Client(port)]
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => ask(clients[index % 2] ?? http2Client(port))),
    )
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 hello']))
    expect([backend.requests.length, backend.sessions.length]).toEqual([30, 1])
  })

  it('that takes few streams at once is asked on several connections', async () => {
    const waiting: (() => void)[] = []
    const backend = await http2Backend(stream => waiting.push(() => hello(stream)), { maxConcurrentStreams: 2 })
    const { port } = await http2World(backend.port)
    const client = http2Client(port)
    const first = ask(client)
    await eventually(() => waiting.length === 1)
    const more = Array.from({ length: 3 }, () => ask(client))
    await eventually(() => waiting.length === 4)
    for (const go of waiting) go()
    expect((await Promise.all([first, ...more])).map(({ body }) => body)).toEqual(['hello', 'hello', 'hello', 'hello'])
    expect(backend.sessions.length).toBe(2)
  })

  it('that left for good is asked on a new connection', async () => {
    const backend = await http2Backend()
    const { port } = await http2World(backend.port)
    const client = http2Client(port)
    await ask(client)
    const [session] = backend.sessions
    session?.goaway()
    session?.close()
    expect((await ask(client)).status).toBe(200)
    await eventually(() => backend.sessions.length === 2)
  })

  it('goes on with an answer that began before it said goodbye', async () => {
    const backend = await http2Backend(stream => {
      stream.respond({ ':status': 200 })
      stream.write('one ')
      stream.session?.close()
      setImmediate(() => stream.end('two'))
    })
    const { port } = await http2World(backend.port)
    expect((await ask(http2Client(port))).body).toBe('one two')
  })

  it('whose kept connection died meanwhile is asked again on a fresh one', async () => {
    const backend = await http2Backend((stream, _headers, index) => {
      if (index === 1) stream.session?.destroy()
      else hello(stream)
    })
    const { port } = await http2World(backend.port)
    const client = http2Client(port)
    await ask(client)
    expect((await ask(client)).status).toBe(200)
    expect(backend.sessions.length).toBe(2)
  })

  it('whose instance refuses the connection is asked at another one', async () => {
    const backend = await http2Backend()
    const { port, upstreams } = await http2World(backend.port)
    upstreams.endpoints.unshift({ host: '127.0.0.1', port: 1, protocol: 'h2c' })
    expect((await ask(http2Client(port), { headers: { ':method': 'POST' }, body: 'x' })).body).toBe('hello')
    expect([upstreams.granted, upstreams.failed, upstreams.released]).toEqual([2, 1, 1])
  })

  it('whose dying instance accepts the connection and ends it unseen is asked at another one', async () => {
    const backend = await http2Backend()
    const { port, upstreams } = await http2World(backend.port)
    upstreams.endpoints.unshift({
      host: '127.0.0.1',
      port: await tcpBackend(socket => socket.once('data', () => socket.resetAndDestroy())),
      protocol: 'h2c',
    })
    expect((await ask(http2Client(port), { headers: { ':method': 'POST' }, body: 'x' })).body).toBe('hello')
    expect([upstreams.granted, upstreams.failed, upstreams.released]).toEqual([2, 1, 1])
  })

  it('whose instance dies with a request that may do harm twice is not asked again', async () => {
    const backend = await http2Backend(stream => stream.session?.destroy())
    const { port, upstreams } = await http2World(backend.port)
    const answer = await ask(http2Client(port), { headers: { ':method': 'POST' }, body: 'x' })
    expect([answer.status, backend.requests.length, upstreams.granted]).toEqual([503, 1, 1])
  })

  it('that speaks something else answers nothing', async () => {
    const { port } = await http2World(await tcpBackend(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const answer = await ask(http2Client(port))
    expect(answer).toMatchObject({
      status: 502,
      body: 'upstream connect error or disconnect/reset before headers. reset reason: protocol error',
    })
  })

  it('that switches protocols in HTTP/2 is not listened to', async () => {
    const { port } = await http2World(await rawBackend([':status', '101']))
    expect((await ask(http2Client(port))).status).toBe(502)
  })

  it('that answers what is no answer is not listened to', async () => {
    const { port } = await http2World(await rawBackend([':status', '200', 'connection', 'close']))
    expect((await ask(http2Client(port))).status).toBe(502)
  })
})

describe('a backend of HTTP/2 that gives one request up', () => {
  const cases: [string, number, string][] = [
    ['cancelled', constants.NGHTTP2_CANCEL, 'remote reset'],
    ['in an error', constants.NGHTTP2_INTERNAL_ERROR, 'remote reset'],
    ['refused', constants.NGHTTP2_REFUSED_STREAM, 'remote refused stream reset'],
  ]
  it.each(cases)('%s: the client reads why', async (_name, code, why) => {
    const backend = await http2Backend(stream => stream.close(code))
    const { port, records } = await shopWorld(backend.port, { retries: { attempts: 0 } })
    const answer = await ask(http2Client(port), { headers: { ':authority': 'shop.test' } })
    expect(answer).toMatchObject({
      status: 503,
      body: `upstream connect error or disconnect/reset before headers. reset reason: ${why}`,
    })
    expect(records[0]).toMatchObject({ flags: 'UR' })
  })

  it('refused: Istio’s own policy tries it again', async () => {
    const backend = await http2Backend((stream, _headers, index) => {
      if (index === 0) stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else hello(stream)
    })
    const { port } = await shopWorld(backend.port)
    const answer = await ask(http2Client(port), { headers: { ':authority': 'shop.test' } })
    expect([answer.status, backend.requests[1]?.['x-envoy-attempt-count']]).toEqual([200, '2'])
  })

  it('in the middle of its answer: the client sees its own stream reset, and others go on', async () => {
    const backend = await http2Backend((stream, headers) => {
      if (headers[':path'] !== '/cut') return hello(stream)
      stream.respond({ ':status': 200 })
      stream.write('half', () => stream.destroy(new Error('broken')))
    })
    const { port } = await http2World(backend.port)
    const client = http2Client(port)
    const cut = begin(client, { headers: { ':path': '/cut' } })
    await answerOf(cut)
    expect(cut.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect((await ask(client)).body).toBe('hello')
  })
})

describe('a function that gives one request up', () => {
  it('is not taken for dead: its place is given back, and the next request goes there', async () => {
    const backend = await http2Backend((stream, _headers, index) => {
      if (index === 0) stream.close(constants.NGHTTP2_CANCEL)
      else hello(stream)
    })
    const { port, upstreams } = await http2World(backend.port)
    const client = http2Client(port)
    expect((await ask(client)).status).toBe(503)
    expect((await ask(client)).status).toBe(200)
    expect([upstreams.granted, upstreams.released, upstreams.failed]).toEqual([2, 2, 0])
  })

  it('refused: it is asked again, body and all', async () => {
    const bodies: string[] = []
    const backend = await http2Backend((stream, _headers, index) => {
      if (index === 1) return stream.close(constants.NGHTTP2_REFUSED_STREAM)
      stream.setEncoding('utf8').on('data', piece => bodies.push(String(piece)))
      stream.on('end', () => hello(stream))
      stream.resume()
    })
    const { port } = await http2World(backend.port)
    const client = http2Client(port)
    await ask(client)
    const answer = await ask(client, { headers: { ':method': 'POST' }, body: 'again' })
    expect([answer.status, bodies]).toEqual([200, ['again']])
  })

  it('refused again and again: that is the answer', async () => {
    const backend = await http2Backend(stream => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    const { port, upstreams } = await http2World(backend.port)
    expect((await ask(http2Client(port))).body).toContain('remote refused stream reset')
    expect([backend.requests.length, upstreams.granted, upstreams.released]).toEqual([7, 1, 1])
  })

  it('because more came at once than it takes: all are answered at last', async () => {
    const backend = await http2Backend(hello, { maxConcurrentStreams: 2 })
    const { port } = await http2World(backend.port)
    const client = http2Client(port)
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(client)))
    expect(answers.map(({ status }) => status)).toEqual(new Array(8).fill(200))
  })
})

describe('a client that leaves', () => {
  it('has its request cancelled at the backend, and nobody else’s', async () => {
    const codes: (number | undefined)[] = []
    const backend = await http2Backend((stream, headers) => {
      if (headers[':path'] !== '/slow') return hello(stream)
      stream.on('close', () => codes.push(stream.rstCode))
    })
    const { port, upstreams } = await http2World(backend.port)
    const client = http2Client(port)
    const slow = begin(client, { headers: { ':path': '/slow' } })
    await eventually(() => backend.requests.length === 1)
    slow.close(constants.NGHTTP2_CANCEL)
    await eventually(() => codes.length === 1)
    expect(codes).toEqual([constants.NGHTTP2_CANCEL])
    expect((await ask(client)).status).toBe(200)
    expect([upstreams.released, backend.sessions.length]).toEqual([2, 1])
  })
})

describe('bodies larger than every window', () => {
  it('pass both ways, and come out as they went in', async () => {
    const backend = await http2Backend(stream => {
      stream.respond({ ':status': 200 })
      stream.pipe(stream)
    })
    const { port } = await http2World(backend.port)
    const body = Buffer.alloc(3_000_000, 'abcdefghij')
    const answer = await ask(http2Client(port), { headers: { ':method': 'POST' }, body })
    expect(answer.body.length).toBe(body.length)
    expect(answer.body).toBe(body.toString())
  })

  it('that nobody reads are not read from the backend either', async () => {
    let written = 0
    const backend = await http2Backend(stream => {
      stream.respond({ ':status': 200 })
      const piece = Buffer.alloc(16_384)
      const more = () => {
        if (stream.destroyed || written > 50_000_000) return
        written += piece.length
        stream.write(piece, more)
      }
      more()
    })
    const { port } = await http2World(backend.port)
    const stream = begin(http2Client(port))
    await once(stream, 'response')
    let before = -1
    while (before !== written) {
      before = written
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    expect(written).toBeLessThan(5_000_000)
    stream.close()
  })
})

describe('a cluster’s limits', () => {
  const rule = (http: object) => ({
    apiVersion: 'networking.istio.io/v1' as const,
    kind: 'DestinationRule' as const,
    metadata: { name: 'backend', namespace: 'istio-system' },
    spec: { host: 'backend.test', trafficPolicy: { connectionPool: { http } } },
  })

  it('maxRequestsPerConnection: a connection takes so many requests and no more', async () => {
    const backend = await http2Backend()
    const world = await shopWorld(backend.port)
    const { serviceEntries, virtualServices } = shopObjects(backend.port)
    world.setObjects({ serviceEntries, virtualServices, destinationRules: [rule({ maxRequestsPerConnection: 2 })] })
    const client = http2Client(world.port)
    for (let index = 0; index < 5; index++) await ask(client, { headers: { ':authority': 'shop.test' } })
    expect(backend.sessions.length).toBe(3)
    await eventually(() => backend.sessions.filter(session => session.closed || session.destroyed).length === 2)
  })

  it('maxConcurrentStreams: what is more at once takes another connection', async () => {
    const waiting: ServerHttp2Stream[] = []
    const backend = await http2Backend(stream => void waiting.push(stream))
    const world = await shopWorld(backend.port)
    world.setObjects({ ...shopObjects(backend.port), destinationRules: [rule({ maxConcurrentStreams: 2 })] })
    const client = http2Client(world.port)
    const asked = Array.from({ length: 5 }, () => ask(client, { headers: { ':authority': 'shop.test' } }))
    await eventually(() => waiting.length === 5)
    expect(backend.sessions.length).toBe(3)
    for (const stream of waiting) hello(stream)
    expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(Array(5).fill('hello'))
    const next = ask(client, { headers: { ':authority': 'shop.test' } })
    await eventually(() => waiting.length === 6)
    hello(waiting[5] as ServerHttp2Stream)
    await next
    expect(backend.sessions.length).toBe(3)
  })

  it('useClientProtocol: a client of HTTP/2 gets there by HTTP/2, one of HTTP/1.1 by that', async () => {
    const backend = await http2Backend()
    const plain = await startBackend(answering('plain'))
    afterTest(plain.close)
    const world = await shopWorld(backend.port)
    const under = (port: number) =>
      world.setObjects({ ...shopObjects(port), destinationRules: [rule({ useClientProtocol: true })] })
    under(backend.port)
    const client = http2Client(world.port)
    expect((await ask(client, { headers: { ':authority': 'shop.test' } })).body).toBe('hello')
    under(plain.port)
    const text = http1(world.port, 'GET / HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n')
    expect(await text.end()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*plain$/)
    expect(plain.received[0]).toMatch(/^GET \/ HTTP\/1\.1\r\n/)
  })

  it('idleTimeout: a connection without requests is closed, one with some is not', async () => {
    const clock = new FakeClock(0)
    const backend = await http2Backend((stream, headers) => {
      if (headers[':path'] !== '/never') hello(stream)
    })
    const objects = { ...shopObjects(backend.port), destinationRules: [rule({ idleTimeout: '60s' })] }
    const { port } = await worldOf(countedUpstreams(1), { clock, objects })
    const client = http2Client(port)
    const headers = { ':authority': 'shop.test' }
    const waiting = begin(client, { headers: { ...headers, ':path': '/never' } })
    await ask(client, { headers })
    await clock.advance(200_000)
    expect((await ask(client, { headers })).body).toBe('hello')
    expect(backend.sessions.length).toBe(1)
    waiting.close(constants.NGHTTP2_CANCEL)
    await eventually(() => backend.requests.length === 3)
    await ask(client, { headers })
    const [session] = backend.sessions
    await clock.advance(120_000)
    await eventually(() => session?.destroyed === true)
  })

  it('tls: HTTP/2 is what the handshake agrees on', async () => {
    const authority = createAuthority('servers', Date.now())
    const { cert, key } = issueCertificate(authority, ['shop.test'], Date.now())
    const server = createSecureServer({ cert, key })
    server.on('stream', stream => hello(stream))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    afterTest(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { serviceEntries, virtualServices } = shopObjects(port)
    const tls = { mode: 'SIMPLE' as const, insecureSkipVerify: true }
    const secured = { ...rule({}), spec: { host: 'backend.test', trafficPolicy: { tls } } }
    const world = await shopWorld(port)
    world.setObjects({ serviceEntries, virtualServices, destinationRules: [secured] })
    expect((await ask(http2Client(world.port), { headers: { ':authority': 'shop.test' } })).body).toBe('hello')
    await world.mesh.close(0)
  })

  it('h2UpgradePolicy: a port of plain HTTP is spoken to in HTTP/2', async () => {
    const backend = await http2Backend()
    const world = await shopWorld(backend.port)
    const { serviceEntries, virtualServices } = shopObjects(backend.port)
    const [entry] = serviceEntries
    if (entry) entry.spec.ports = [{ number: 80, name: 'grpc', protocol: 'HTTP' }]
    world.setObjects({ serviceEntries, virtualServices, destinationRules: [rule({ h2UpgradePolicy: 'UPGRADE' })] })
    expect((await ask(http2Client(world.port), { headers: { ':authority': 'shop.test' } })).body).toBe('hello')
  })
})
