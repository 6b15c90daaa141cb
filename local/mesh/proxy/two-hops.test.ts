import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { VirtualService } from '../../api/istio/types.ts'
import { answering } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { eventually } from '../testing/raw-client.ts'
import { ask, backendOf, worldOf } from './gateway-harness.ts'

// A facade at the gateway sends requests on to a Knative host: two proxies in a row, then the function.

const facade: VirtualService = {
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'shop', namespace: 'app' } },
  spec: {
    ...{ hosts: ['shop.test'], gateways: ['knative-serving/knative-ingress-gateway'] },
    http: [
      {
        route: [
          { destination: { host: 'knative-local-gateway.istio-system.svc.cluster.local', port: { number: 80 } } },
        ],
        rewrite: { authority: 'hello.app.svc.cluster.local' },
        headers: { response: { set: { 'x-facade': 'yes' } } },
      },
    ],
  },
}

const shop = 'host: shop.test\r\n'
const upgrade = 'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

async function behindFacade(onData: (socket: Socket, text: string, index: number) => void) {
  const backend = await backendOf(onData)
  const world = await worldOf(countedUpstreams(backend.port), { objects: { virtualServices: [facade] } })
  return { ...world, backend }
}

describe('a request through a facade', () => {
  it('reaches the function under its Knative host, and the answer has what both hops add', async () => {
    const { port, backend, records } = await behindFacade(answering())
    const text = await ask(port, `GET /p HTTP/1.1\r\n${shop}\r\n`).until('\r\n\r\nhi')
    expect(backend.received[0]).toMatch(/^GET \/p HTTP\/1.1\r\nhost: hello.app.svc.cluster.local\r\n/)
    expect(text).toContain('x-facade: yes\r\n')
    expect(records.map(({ host }) => host)).toEqual(['hello.app.svc.cluster.local', 'shop.test'])
  })

  it('waits for the function’s own 100 Continue', async () => {
    const { port, backend } = await behindFacade((socket, text) => {
      if (text.includes('expect: 100-continue')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (text.endsWith('body')) answering('got it')(socket)
    })
    const client = ask(port, `POST / HTTP/1.1\r\n${shop}expect: 100-continue\r\ncontent-length: 4\r\n\r\n`)
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    expect(backend.received[0]).not.toContain('body')
    await client.send('body').until('got it')
  })

  it('is told a refusal in place of 100 Continue', async () => {
    const refusal = 'HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n'
    const { port, upstreams } = await behindFacade(socket => void socket.write(refusal))
    const client = ask(port, `POST / HTTP/1.1\r\n${shop}expect: 100-continue\r\ncontent-length: 4\r\n\r\n`)
    expect(await client.end()).toMatch(/^HTTP\/1.1 417 /)
    expect(upstreams.released).toBe(1)
  })

  it('streams both ways', async () => {
    const { port } = await behindFacade((socket, text) => {
      if (text.includes('one')) socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nONE\r\n')
      if (text.includes('two')) socket.write('3\r\nTWO\r\n0\r\n\r\n')
    })
    const client = ask(port, `POST / HTTP/1.1\r\n${shop}transfer-encoding: chunked\r\n\r\n3\r\none\r\n`)
    expect(await client.until('ONE')).not.toContain('TWO')
    await client.send('3\r\ntwo\r\n0\r\n\r\n').until('TWO\r\n0\r\n\r\n')
  })
})

describe('a WebSocket through a facade', () => {
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'

  it('carries bytes both ways, whatever they are, also those that came with the handshake', async () => {
    const { port, backend, upstreams } = await behindFacade((socket, text) => {
      if (text.startsWith('GET ')) socket.write(`${switching}greeting`)
      else socket.write(text.toUpperCase())
    })
    const client = ask(port, `GET /ws HTTP/1.1\r\n${shop}${upgrade}\r\n`)
    const text = await client.until('greeting')
    expect(text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/)
    expect(backend.received[0]).toContain('connection: upgrade\r\nupgrade: websocket\r\n')
    await client.send('no HTTP at all\r\n\r\n').until('NO HTTP AT ALL')
    expect(upstreams.released).toBe(0)
  })

  it('gives the place back when the client leaves', async () => {
    const { port, upstreams, backend } = await behindFacade(socket => void socket.write(switching))
    const client = ask(port, `GET /ws HTTP/1.1\r\n${shop}${upgrade}\r\n`)
    await client.until('101')
    client.close()
    await eventually(() => upstreams.released === 1)
    await eventually(() => backend.connections[0]?.destroyed === true)
  })

  it('ends for the client when the function ends it', async () => {
    const { port, upstreams, backend } = await behindFacade(socket => void socket.write(switching))
    const client = ask(port, `GET /ws HTTP/1.1\r\n${shop}${upgrade}\r\n`)
    await client.until('101')
    backend.connections[0]?.end('bye')
    expect(await client.end()).toMatch(/bye$/)
    await eventually(() => upstreams.released === 1)
  })

  it('that the function refuses is an answer like any other', async () => {
    const { port } = await behindFacade(
      socket => void socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno'),
    )
    const client = ask(port, `GET /ws HTTP/1.1\r\n${shop}${upgrade}\r\n`)
    expect(await client.until('\r\n\r\nno')).toContain('x-facade: yes')
  })

  it('that nobody asked for is no answer', async () => {
    const { port } = await behindFacade(socket => void socket.write(switching))
    expect(await ask(port, `GET / HTTP/1.1\r\n${shop}\r\n`).until('protocol error')).toContain('502 Bad Gateway')
  })
})
