import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { answering } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { eventually, withoutChance } from '../testing/raw-client.ts'
import { afterTest, ask, backendOf, host, worldBefore, worldOf } from './gateway-harness.ts'

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

  it('overwrites server and service time where they stand, and keeps a date', async () => {
    const { port } = await worldBefore(
      answering('hi', 'server: foo\r\ndate: Mon\r\nx-envoy-upstream-service-time: 9999\r\n'),
    )
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\nhi')
    expect(withoutChance(text)).toBe(
      'HTTP/1.1 200 OK\r\nserver: istio-envoy\r\ndate: Mon\r\nx-envoy-upstream-service-time: N\r\ncontent-length: 2\r\n\r\nhi',
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
    afterTest(() => void server.close())
    const upstreams = countedUpstreams()
    upstreams.endpoints = [{ path, protocol: 'http1' }]
    const { port } = await worldOf(upstreams)
    await ask(port, `GET /a HTTP/1.1\r\n${host}\r\n`).until('you asked for /a')
  })
})
