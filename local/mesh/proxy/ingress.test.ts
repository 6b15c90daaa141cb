import { createServer } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import {
  answering,
  type Backend,
  countedUpstreams,
  eventually,
  RawClient,
  startBackend,
  startWorld,
  type World,
  withoutChance,
} from '../harness.ts'
import { Refusal } from '../upstreams.ts'

const host = 'host: hello.app.localhost\r\n'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function backendOf(onData: Parameters<typeof startBackend>[0]): Promise<Backend> {
  const backend = await startBackend(onData)
  cleanups.push(backend.close)
  return backend
}

async function worldOf(upstreams: World['upstreams'], clock?: FakeClock): Promise<World> {
  const world = await startWorld(upstreams, clock)
  cleanups.push(() => world.mesh.close(0))
  return world
}

async function worldBefore(onData: Parameters<typeof startBackend>[0] = answering()) {
  const backend = await backendOf(onData)
  const world = await worldOf(countedUpstreams(backend.port))
  return { ...world, backend }
}

function clientOf(port: number): RawClient {
  const client = new RawClient(port)
  cleanups.push(() => client.close())
  return client
}

function ask(port: number, text: string): RawClient {
  return clientOf(port).send(text)
}

/** A port that refuses connections. */
async function deadPort(): Promise<number> {
  const server = createRawServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

describe('what passes the gateway', () => {
  it('reaches the function with the headers of Envoy and Knative, in their order', async () => {
    const { port, backend, upstreams } = await worldBefore()
    upstreams.viaActivator = true
    const client = ask(
      port,
      `GET /x?y=1 HTTP/1.1\r\nHost: hello.app.localhost:8080\r\nUser-Agent: ua/1\r\nX-Request-Id: mine\r\n` +
        'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nConnection: keep-alive, x-drop\r\nX-Drop: 1\r\n' +
        'Keep-Alive: 5\r\nTE: trailers\r\nUpgrade: foo\r\nX-Envoy-Internal: true\r\nx-multi: a\r\nx-multi: b\r\n' +
        'Knative-Serving-Revision: other\r\nx-envoy-max-retries: 5\r\n\r\n',
    )
    await client.until('\r\n\r\nhi')
    expect(withoutChance(backend.received[0] ?? '')).toBe(
      'GET /x?y=1 HTTP/1.1\r\nhost: hello.app.localhost:8080\r\nuser-agent: ua/1\r\nx-request-id: UUID4\r\n' +
        'x-forwarded-for: 1.2.3.4,127.0.0.1, 127.0.0.1, 127.0.0.1\r\nx-forwarded-proto: http\r\nte: trailers\r\n' +
        'x-multi: a\r\nx-multi: b\r\nx-envoy-external-address: 127.0.0.1\r\n' +
        'x-envoy-decorator-operation: hello-00001.app.svc.cluster.local:80/*\r\nx-envoy-attempt-count: 1\r\n' +
        'knative-serving-default-route: true\r\nk-proxy-request: activator\r\n' +
        'forwarded: for=1.2.3.4;proto=http, for=127.0.0.1, for=127.0.0.1\r\n\r\n',
    )
  })

  it('makes the headers the client did not send', async () => {
    const { port, backend } = await worldBefore()
    await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\nhi')
    expect(withoutChance(backend.received[0] ?? '')).toBe(
      `GET / HTTP/1.1\r\n${host}x-forwarded-for: 127.0.0.1, 127.0.0.1\r\nx-forwarded-proto: http\r\n` +
        'x-envoy-external-address: 127.0.0.1\r\nx-request-id: UUID4\r\n' +
        'x-envoy-decorator-operation: hello-00001.app.svc.cluster.local:80/*\r\nx-envoy-attempt-count: 1\r\n' +
        'knative-serving-default-route: true\r\nforwarded: for=127.0.0.1;proto=http\r\n\r\n',
    )
  })

  it('answers with the function headers in order, then service time, date and server', async () => {
    const { port } = await worldBefore(answering('hi', 'x-b: 2\r\nkeep-alive: timeout=5\r\nx-a: 1\r\n'))
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\nhi')
    expect(withoutChance(text)).toBe(
      'HTTP/1.1 200 OK\r\nx-b: 2\r\nx-a: 1\r\ncontent-length: 2\r\nx-envoy-upstream-service-time: N\r\n' +
        'date: D\r\nserver: istio-envoy\r\n\r\nhi',
    )
  })

  it('overwrites server where it stands and keeps a date', async () => {
    const { port } = await worldBefore(
      answering('hi', 'server: foo\r\ndate: Mon\r\nx-envoy-upstream-service-time: 9999\r\n'),
    )
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\nhi')
    expect(withoutChance(text)).toBe(
      'HTTP/1.1 200 OK\r\nserver: istio-envoy\r\ndate: Mon\r\ncontent-length: 2\r\nx-envoy-upstream-service-time: N\r\n\r\nhi',
    )
  })

  it.each([
    ['/zzz/../a/x', '/a/x'],
    ['/%61', '/a'],
    ['/a/./b/../c//d', '/a/c//d'],
    ['/a%2Fb?q=%61', '/a%2Fb?q=%61'],
    ['/a#frag', '/a'],
    ['/..', '/'],
  ])('normalises %s to %s', async (target, seen) => {
    const { port, backend } = await worldBefore()
    await ask(port, `GET ${target} HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\nhi')
    expect(backend.received[0]?.split(' ')[1]).toBe(seen)
  })

  it('answers pipelined requests in order on one connection to the function', async () => {
    const { port, backend, upstreams } = await worldBefore((socket, text) => {
      const path = text.split(' ')[1] ?? ''
      setTimeout(() => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`), 5)
    })
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`
    const text = await ask(port, get('/1') + get('/22') + get('/333')).until('/333')
    expect(text.match(/\r\n\r\n\/\d+/g)).toEqual(['\r\n\r\n/1', '\r\n\r\n/22', '\r\n\r\n/333'])
    expect([backend.connections.length, upstreams.released]).toEqual([1, 3])
  })

  it('passes chunked bodies both ways, trailers included', async () => {
    const { port, backend } = await worldBefore((socket, text) => {
      if (text.includes('x-sum: 1'))
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n')
    })
    const client = ask(
      port,
      `POST / HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n`,
    )
    const text = await client.until('x-t: 1\r\n\r\n')
    expect(backend.received[0]).toContain('transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n')
    expect(text).toContain(
      'server: istio-envoy\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n',
    )
  })

  it('makes chunks of an answer that ends with its connection', async () => {
    const { port } = await worldBefore(socket => socket.end('HTTP/1.0 200 OK\r\n\r\nold'))
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('0\r\n\r\n')
    expect(text).toMatch(/transfer-encoding: chunked\r\n\r\n3\r\nold\r\n0\r\n\r\n$/)
  })

  it.each(['204 No Content', '304 Not Modified'])('ends %s without a body', async status => {
    const { port } = await worldBefore(socket => void socket.write(`HTTP/1.1 ${status}\r\n\r\n`))
    const get = `GET / HTTP/1.1\r\n${host}\r\n`
    const text = await ask(port, get + get).until(all => all.split('istio-envoy\r\n\r\n').length === 3)
    expect(text).not.toContain('transfer-encoding')
  })

  it('gives HEAD the length and no body', async () => {
    const { port } = await worldBefore(socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'))
    const text = await ask(port, `HEAD / HTTP/1.1\r\n${host}\r\n`).until('istio-envoy\r\n\r\n')
    expect(text).toContain('content-length: 9\r\n')
  })

  it('forwards Expect and passes 100 Continue on before the body is sent', async () => {
    const { port, backend } = await worldBefore((socket, text) => {
      if (text.includes('expect: 100-continue')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (text.endsWith('data')) answering('got it')(socket)
    })
    const client = ask(port, `POST / HTTP/1.1\r\n${host}expect: 100-continue\r\ncontent-length: 4\r\n\r\n`)
    await client.until('HTTP/1.1 100 Continue\r\n\r\n')
    await client.send('data').until('got it')
    expect(backend.received[0]).toMatch(/\r\n\r\ndata$/)
  })

  it('carries a WebSocket both ways and ends it with either side', async () => {
    const { port, upstreams } = await worldBefore((socket, text) => {
      if (text.startsWith('GET')) {
        const wanted = /connection: upgrade\r\nupgrade: websocket\r\n/.test(text)
        socket.write(
          wanted ? 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\nfirst' : 'no',
        )
      } else socket.write(`echo ${text}`)
    })
    const client = ask(port, `GET /ws HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    expect(await client.until('first')).toContain(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n',
    )
    await client.send('ping').until('echo ping')
    expect(upstreams.released).toBe(0)
    client.close()
    await eventually(() => upstreams.released === 1)
  })

  it('gives each event of a stream at once', async () => {
    const backend = await backendOf(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
    })
    const { port } = await worldOf(countedUpstreams(backend.port))
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('text/event-stream')
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      backend.connections[0]?.write(`${event.length.toString(16)}\r\n${event}\r\n`)
      await client.until(event)
    }
  })

  it('serves a function that is a Node HTTP server on a unix socket', async () => {
    const path = `/tmp/skiff-mesh-${process.pid}.sock`
    const server = createServer((request, response) => response.end(`you asked for ${request.url}`))
    await new Promise<void>(resolve => server.listen(path, resolve))
    cleanups.push(() => void server.close())
    const upstreams = countedUpstreams()
    upstreams.endpoints = [{ path, protocol: 'http1' }]
    const { port } = await worldOf(upstreams)
    await ask(port, `GET /a HTTP/1.1\r\n${host}\r\n`).until('you asked for /a')
  })
})

describe('what the gateway answers itself, to the byte', () => {
  const date = 'date: D\r\nserver: istio-envoy\r\n'
  const refusedWith = (status: string, body: string) =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\n${date}connection: close\r\n\r\n${body}`
  const bad = refusedWith('400 Bad Request', 'Bad Request')
  const rows: [string, string, string][] = [
    [
      'an unknown host',
      'GET / HTTP/1.1\r\nhost: x.y\r\n\r\n',
      `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'an unknown host, with a body',
      'POST / HTTP/1.1\r\nhost: x.y\r\ncontent-length: 2\r\n\r\nhi',
      `HTTP/1.1 404 Not Found\r\n${date}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    [
      'an unknown host, HEAD',
      'HEAD / HTTP/1.1\r\nhost: x.y\r\n\r\n',
      `HTTP/1.1 404 Not Found\r\n${date}transfer-encoding: chunked\r\n\r\n`,
    ],
    [
      'an unknown host, gRPC',
      'GET / HTTP/1.1\r\nhost: x.y\r\ncontent-type: application/grpc\r\n\r\n',
      `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 12\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'a cluster name from outside',
      'GET / HTTP/1.1\r\nhost: hello.app\r\n\r\n',
      `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'no host',
      'GET / HTTP/1.1\r\n\r\n',
      `HTTP/1.1 400 Bad Request\r\n${date}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', bad],
    ['an unknown method', `FOO / HTTP/1.1\r\n${host}\r\n`, bad],
    ['a relative path', `GET x?h=true HTTP/1.1\r\n${host}\r\n`, bad],
    [
      'length and chunks at once',
      `POST / HTTP/1.1\r\n${host}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      bad,
    ],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', refusedWith('426 Upgrade Required', 'Upgrade Required')],
    [
      'too many headers',
      `GET / HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(100)}\r\n`,
      refusedWith('431 Request Header Fields Too Large', 'Request Header Fields Too Large'),
    ],
    [
      'a NUL in the path',
      `GET /a%00b HTTP/1.1\r\n${host}\r\n`,
      `HTTP/1.1 400 Bad Request\r\n${date}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`],
  ]

  it.each(rows)('to %s', async (_name, request, answer) => {
    const { port } = await worldBefore()
    const client = ask(port, request)
    const text = await client.until(all => withoutChance(all).length >= answer.length)
    expect(withoutChance(text)).toBe(answer)
    if (answer.includes('connection: close')) expect(withoutChance(await client.end())).toBe(answer)
  })

  it('to a function that closes before it answers', async () => {
    const { port, upstreams, records } = await worldBefore(socket => void socket.destroy())
    const text = await ask(port, `POST / HTTP/1.1\r\n${host}content-length: 2\r\n\r\nhi`).until('termination')
    const body = 'upstream connect error or disconnect/reset before headers. reset reason: connection termination'
    expect(withoutChance(text)).toBe(
      `HTTP/1.1 503 Service Unavailable\r\ncontent-length: 95\r\ncontent-type: text/plain\r\n${date}\r\n${body}`,
    )
    expect([upstreams.failed, upstreams.released]).toEqual([1, 0])
    expect(records[0]).toMatchObject({ status: 503, flags: 'UC', revision: { revision: 'hello-00001' } })
  })

  it('to three instances that refuse connections', async () => {
    const { port, upstreams } = await worldOf(countedUpstreams(await deadPort()))
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('refused')
    expect(text).toContain('content-length: 190\r\n')
    expect([upstreams.granted, upstreams.failed, upstreams.released]).toEqual([3, 3, 0])
  })

  it('to an answer that is no HTTP', async () => {
    const { port, upstreams } = await worldBefore(socket => void socket.write('hello\r\n\r\n'))
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('protocol error')
    expect(text).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\ncontent-length: 87\r\n/)
    expect(upstreams.released).toBe(1)
  })

  it('to a place that is refused: the activator’s words', async () => {
    const { port, upstreams } = await worldBefore()
    upstreams.instead = () => {
      throw new Refusal(503, 'activator overload\n', { 'X-Why': 'full' })
    }
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('overload')
    expect(withoutChance(text)).toBe(
      'HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nx-why: full\r\ncontent-length: 19\r\n' +
        `x-envoy-upstream-service-time: N\r\n${date}\r\nactivator overload\n`,
    )
  })

  it('to a function that listens for h2c: what is missing', async () => {
    const { port, upstreams, logged } = await worldBefore()
    upstreams.endpoints = [{ host: '127.0.0.1', port: 1, protocol: 'h2c' }]
    await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('h2c')
    expect([upstreams.released, logged.length]).toEqual([1, 1])
  })
})

describe('another try', () => {
  const post = `POST / HTTP/1.1\r\n${host}content-length: 2\r\n\r\nhi`

  it('goes to another instance when one dies before it answered', async () => {
    const dying = await backendOf(socket => void socket.destroy())
    const healthy = await backendOf(answering('alive'))
    const { port, upstreams } = await worldOf(countedUpstreams(dying.port, dying.port, healthy.port))
    await ask(port, `PUT /a HTTP/1.1\r\n${host}content-length: 5\r\n\r\nhello`).until('alive')
    expect([upstreams.failed, upstreams.released]).toEqual([2, 1])
    expect(healthy.received[0]).toMatch(/^PUT \/a .*\r\n\r\nhello$/s)
  })

  it('is made of a POST only when no connection came about', async () => {
    const healthy = await backendOf(answering('alive'))
    const { port } = await worldOf(countedUpstreams(await deadPort(), healthy.port))
    await ask(port, post).until('alive')
    expect(healthy.received[0]).toMatch(/hi$/)
  })

  it('is not made of a PUT too large to keep', async () => {
    const dying = await backendOf((socket, text) => {
      if (text.includes('z')) socket.destroy()
    })
    const { port, upstreams } = await worldOf(countedUpstreams(dying.port))
    const body = `${'a'.repeat(200_000)}z`
    const client = ask(port, `PUT / HTTP/1.1\r\n${host}content-length: ${body.length}\r\n\r\n${body}`)
    expect(await client.until('termination')).toContain('503')
    expect(upstreams.granted).toBe(1)
  })

  it('is made on a fresh connection when a kept one dies', async () => {
    const { port, backend, upstreams } = await worldBefore((socket, text, index) => {
      if (index === 0 && text.includes('/second')) socket.destroy()
      else answering('ok')(socket)
    })
    const client = ask(port, `GET /first HTTP/1.1\r\n${host}\r\n`)
    await client.until('ok')
    await client.send(`GET /second HTTP/1.1\r\n${host}\r\n`).until(text => text.split('\r\n\r\nok').length === 3)
    expect([backend.connections.length, upstreams.granted, upstreams.failed]).toEqual([2, 2, 0])
  })

  it('does not use a connection that died idle', async () => {
    const { port, backend } = await worldBefore(answering('ok'))
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ok')
    backend.connections[0]?.destroy()
    await client.send(post).until(text => text.split('\r\n\r\nok').length === 3)
    expect(backend.connections.length).toBe(2)
  })

  it('does not use a connection its function promised to close', async () => {
    const { port, backend } = await worldBefore(answering('ok', 'keep-alive: timeout=1\r\n'))
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ok')
    await client.send(post).until(text => text.split('\r\n\r\nok').length === 3)
    expect(backend.connections.length).toBe(2)
  })
})

describe('waiting for an instance', () => {
  it('holds the request until a place is granted', async () => {
    const { port, upstreams, backend } = await worldBefore()
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof upstreams.grant>>()
    let asked = false
    upstreams.instead = () => {
      asked = true
      return { granted: promise, cancel: () => {} }
    }
    const client = ask(port, `POST / HTTP/1.1\r\n${host}content-length: 5\r\n\r\nhello`)
    await eventually(() => asked)
    resolve(upstreams.grant())
    await client.until('\r\n\r\nhi')
    expect(backend.received[0]).toMatch(/hello$/)
  })

  it('is given up when the client goes away', async () => {
    const { port, upstreams, records } = await worldBefore()
    let cancelled = 0
    let asked = false
    upstreams.instead = () => {
      asked = true
      return { granted: new Promise(() => {}), cancel: () => void cancelled++ }
    }
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await eventually(() => asked)
    client.close()
    await eventually(() => cancelled === 1)
    expect(records[0]).toMatchObject({ flags: 'DC', status: 0 })
  })
})

describe('endings', () => {
  it('gives the place back once when the client leaves in the middle of an answer', async () => {
    const { port, upstreams, backend } = await worldBefore(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart')
    })
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('part')
    client.close()
    await eventually(() => backend.connections[0]?.destroyed === true)
    expect([upstreams.released, upstreams.failed]).toEqual([1, 0])
  })

  it('cuts the connection when the function dies in the middle of its answer', async () => {
    const { port, upstreams } = await worldBefore(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart')
      setTimeout(() => socket.destroy(), 5)
    })
    expect(await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).end()).toMatch(/part$/)
    expect(upstreams.released + upstreams.failed).toBe(1)
  })

  it('closes when the client asks for it', async () => {
    const { port } = await worldBefore()
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}connection: close\r\n\r\n`).end()
    expect(text).toMatch(/server: istio-envoy\r\nconnection: close\r\n\r\nhi$/)
  })

  it('names the port that is taken', async () => {
    const { mesh, port } = await worldBefore()
    await expect(mesh.listen({ host: '127.0.0.1', port, gateway: 'public' })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken`,
    )
  })

  it('lets a request finish while closing, and says that the connection ends', async () => {
    const { port, mesh, backend } = await worldBefore(() => {})
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    const idle = clientOf(port)
    await eventually(() => backend.connections.length === 1)
    const closed = mesh.close(10_000)
    await idle.end()
    answering('late')(backend.connections[0] as never)
    expect(await client.end()).toMatch(/connection: close\r\n\r\nlate$/)
    await closed
  })
})

describe('limits of time', () => {
  async function timed(onData: Parameters<typeof startBackend>[0], limits: Partial<World['upstreams']['limits']>) {
    const clock = new FakeClock()
    const backend = await backendOf(onData)
    const upstreams = countedUpstreams(backend.port)
    upstreams.limits = { ...upstreams.limits, ...limits }
    const world = await worldOf(upstreams, clock)
    return { ...world, backend, clock }
  }

  it.each(['timeoutMs', 'responseStartTimeoutMs', 'idleTimeoutMs'] as const)(
    'answers 504 when %s passes before the first byte',
    async limit => {
      const { port, clock, backend, upstreams } = await timed(() => {}, { [limit]: 5_000 })
      const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
      await eventually(() => backend.received[0]?.endsWith('\r\n\r\n') === true)
      await clock.advance(4_999)
      expect(client.text).toBe('')
      await clock.advance(1)
      const text = await client.until('request timeout')
      expect(text).toMatch(/^HTTP\/1.1 504 Gateway Timeout\r\ncontent-type: text\/plain; charset=utf-8\r\n/)
      expect(upstreams.released).toBe(1)
      await eventually(() => backend.connections[0]?.destroyed === true)
    },
  )

  it('lets a stream that began in time last', async () => {
    const { port, clock, backend } = await timed(
      socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'),
      { timeoutMs: 5_000, responseStartTimeoutMs: 1_000 },
    )
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ab')
    await clock.advance(60_000)
    backend.connections[0]?.write('cd')
    await client.until('abcd')
  })

  it('cuts a stream that falls silent', async () => {
    const { port, clock, backend } = await timed(
      socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab'),
      { idleTimeoutMs: 1_000 },
    )
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ab')
    await clock.advance(900)
    backend.connections[0]?.write('cd')
    await client.until('abcd')
    await clock.advance(900)
    expect(client.ended).toBe(false)
    await clock.advance(200)
    expect(await client.end()).toMatch(/abcd$/)
  })

  it('does not wait for ever for a head', async () => {
    const { port, clock } = await timed(answering(), {})
    const client = ask(port, `GET / HTTP/1.1\r\n${host}`)
    await new Promise(resolve => setTimeout(resolve, 30))
    await clock.advance(31_000)
    expect(await client.until('timeout')).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
  })
})

describe('back-pressure', () => {
  const size = 24 * 1024 * 1024

  it('holds the function back when the client does not read', async () => {
    let written = 0
    const { port } = await worldBefore(socket => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      const piece = Buffer.alloc(64 * 1024, 97)
      const more = () => {
        while (written < size) {
          written += piece.length
          if (!socket.write(piece)) return void socket.once('drain', more)
        }
      }
      more()
    })
    const client = clientOf(port)
    client.socket.pause()
    client.send(`GET / HTTP/1.1\r\n${host}\r\n`)
    let before = -1
    while (written !== before) {
      before = written
      await new Promise(resolve => setTimeout(resolve, 150))
    }
    expect(written).toBeLessThan(size)
    client.socket.resume()
    const text = await client.until(all => all.length > size)
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(size)
  })

  it('holds the client back when the function does not read, and loses nothing', async () => {
    const { port, backend } = await worldBefore(socket => void socket.pause())
    const client = clientOf(port)
    client.send(`POST / HTTP/1.1\r\n${host}content-length: ${size}\r\n\r\n`)
    client.send(Buffer.alloc(size, 97))
    await eventually(() => backend.connections.length === 1)
    let left = -1
    while (client.socket.writableLength !== left) {
      left = client.socket.writableLength
      await new Promise(resolve => setTimeout(resolve, 150))
    }
    expect(left).toBeGreaterThan(0)
    const socket = backend.connections[0]
    socket?.removeAllListeners('data')
    let seen = backend.received[0]?.split('\r\n\r\n')[1]?.length ?? 0
    socket?.on('data', data => {
      const at = seen === 0 ? data.indexOf('\r\n\r\n') : -1
      seen += at < 0 ? data.length : data.length - at - 4
    })
    socket?.resume()
    await eventually(() => seen >= size)
    expect(seen).toBe(size)
  })
})
