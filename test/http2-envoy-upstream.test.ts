import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { freePort } from '../load/world.ts'
import { FrameReader, wholeFrame } from '../local/mesh/h2/frame-reader.ts'
import { HpackDecoder } from '../local/mesh/h2/hpack-decoder.ts'
import { HpackEncoder } from '../local/mesh/h2/hpack-encoder.ts'
import { flags, frameTypes, preface } from '../local/mesh/h2/protocol.ts'
import { FrameClient, type Outcome } from '../local/mesh/proxy/http2/frame-client.ts'
import { RawClient, withoutChance } from '../local/mesh/testing/raw-client.ts'
import { binary, envoyGateway, type Gateway, ourGateway } from './envoy-peer.ts'

// What clients see when a backend of HTTP/2 misbehaves: from a real Envoy, and from us. Runs where `ENVOY` names its binary.

/** One stream of the backend, which says whatever it likes. */
class Peer {
  readonly socket: Socket
  readonly stream: number
  readonly #encoder: HpackEncoder

  constructor(socket: Socket, encoder: HpackEncoder, stream: number) {
    this.socket = socket
    this.stream = stream
    this.#encoder = encoder
  }

  frame(type: number, set: number, payload: string | Buffer = '', stream = this.stream): this {
    this.socket.write(wholeFrame(type, set, stream, Buffer.from(payload)))
    return this
  }

  headers(list: readonly string[], end: boolean): this {
    return this.frame(frameTypes.headers, flags.endHeaders | (end ? flags.endStream : 0), this.#encoder.encode(list))
  }

  data(text: string, end: boolean): this {
    return this.frame(frameTypes.data, end ? flags.endStream : 0, text)
  }

  reset(code: number): this {
    return this.frame(frameTypes.rstStream, 0, Buffer.from([0, 0, 0, code]))
  }

  /** `last`: the last stream that was looked at. */
  goAway(last: number, code = 0): this {
    return this.frame(frameTypes.goAway, 0, Buffer.from([0, 0, 0, last, 0, 0, 0, code]), 0)
  }
}

const ok = [':status', '200']
const noHttp2 = 'HTTP/1.1 400 Bad Request\r\n\r\n'

const plays: [string, (peer: Peer) => unknown][] = [
  ['answers', peer => peer.headers([...ok, 'x-a', '1'], false).data('hello', true)],
  ['answers without a body', peer => peer.headers(ok, true)],
  ['answers with trailers', peer => peer.headers(ok, false).data('hello', false).headers(['x-sum', '1'], true)],
  ['answers with trailers alone', peer => peer.headers(ok, false).headers(['x-sum', '1'], true)],
  ['answers 204', peer => peer.headers([':status', '204'], true)],
  ['answers 304', peer => peer.headers([':status', '304', 'etag', '1'], true)],
  ['says how long its answer is', peer => peer.headers([...ok, 'content-length', '5'], false).data('hello', true)],
  ['says less than it has', peer => peer.headers([...ok, 'content-length', '2'], false).data('hello', true)],
  ['cancels', peer => peer.reset(8)],
  ['refuses', peer => peer.reset(7)],
  ['has an internal error', peer => peer.reset(2)],
  ['resets without an error', peer => peer.reset(0)],
  ['resets for the protocol', peer => peer.reset(1)],
  ['cancels after its head', peer => peer.headers(ok, false).reset(8)],
  ['cancels in its answer', peer => peer.headers(ok, false).data('half', false).reset(8)],
  ['breaks in its answer', peer => peer.headers(ok, false).data('half', false).reset(2)],
  ['hangs up', peer => peer.socket.end()],
  ['hangs up in its answer', peer => peer.headers(ok, false).data('half', false).socket.end()],
  ['says goodbye and did not look', peer => peer.goAway(0)],
  ['says goodbye and answers', peer => peer.goAway(1).headers(ok, false).data('hello', true)],
  ['says goodbye and hangs up', peer => peer.goAway(1).socket.end()],
  ['switches protocols', peer => peer.headers([':status', '101'], false)],
  ['answers without a status', peer => peer.headers(['x-a', '1'], true)],
  ['answers with a status that is none', peer => peer.headers([':status', 'x'], true)],
  ['says connection', peer => peer.headers([...ok, 'connection', 'close'], true)],
  ['says transfer-encoding', peer => peer.headers([...ok, 'transfer-encoding', 'chunked'], true)],
  ['writes names in capitals', peer => peer.headers([...ok, 'X-A', '1'], true)],
  ['sends data before its head', peer => peer.data('x', true)],
  ['sends a head that is no HPACK', peer => peer.frame(frameTypes.headers, 5, Buffer.alloc(6, 255))],
  ['sends a frame too large', peer => peer.frame(frameTypes.data, 0, Buffer.alloc(20_000))],
  ['speaks HTTP/1.1', peer => peer.socket.end(noHttp2)],
  [
    'answers a call with a status of gRPC',
    peer => peer.headers([...ok, 'content-type', 'application/grpc', 'grpc-status', '5'], true),
  ],
]

const grpc = ['content-type', 'application/grpc', 'te', 'trailers']

/** Heads of requests, as HTTP/2 and as HTTP/1.1 write them. */
const heads: [string, readonly string[] | string][] = [
  ['GET', []],
  ['a call of gRPC', grpc],
  ['a call of gRPC with a deadline', [...grpc, 'grpc-timeout', '5S']],
  ['a call of gRPC with a deadline in the words of others', [...grpc, 'grpc-timeout', '250000u']],
  ['cookies in pieces', ['cookie', 'a=1', 'x-a', '1', 'cookie', 'b=2']],
  ['what only proxies may say', ['x-envoy-max-retries', '3', 'x-envoy-internal', 'true', 'x-forwarded-for', '1.2.3.4']],
  ['a length of nothing', ['content-length', '0']],
  ['several equal names', ['x-a', '1', 'x-a', '2']],
  ['a value with blanks around it', ['x-a', '  1  ']],
  ['GET of HTTP/1.1', 'GET /seen HTTP/1.1\r\n'],
  ['POST of HTTP/1.1 without a body', 'POST /seen HTTP/1.1\r\n'],
  [
    'what is said of connections in HTTP/1.1',
    'GET /seen HTTP/1.1\r\nconnection: x-b\r\nkeep-alive: 1\r\nx-b: 1\r\nte: gzip\r\n',
  ],
  ['te in HTTP/1.1', 'GET /seen HTTP/1.1\r\nte: trailers\r\n'],
  ['an absolute target in HTTP/1.1', 'GET http://shop.test/seen HTTP/1.1\r\n'],
]

/** Envoy drops trailers towards clients of HTTP/1.1; we pass them on, as between two of HTTP/1.1. */
const withTrailers = /trailers/

describe.skipIf(!binary)('a backend of HTTP/2', () => {
  const sockets: Socket[] = []
  const backend = createServer(socket => {
    sockets.push(socket)
    const [reader, decoder, encoder] = [new FrameReader(), new HpackDecoder(), new HpackEncoder()]
    let skip = preface.length
    socket.write(wholeFrame(frameTypes.settings, 0, 0, Buffer.alloc(0)))
    socket.on('error', () => {})
    socket.on('data', data => {
      const rest = data.subarray(Math.min(skip, data.length))
      skip -= data.length - rest.length
      reader.feed(rest, ({ type, stream, payload }) => {
        if (type !== frameTypes.headers) return
        const { headers } = decoder.decode(payload, 1 << 20)
        const index = Number(headers[headers.indexOf(':path') + 1]?.slice(1))
        const peer = new Peer(socket, encoder, stream)
        if (plays[index]) plays[index][1](peer)
        else peer.headers(ok, false).data(JSON.stringify(headers), true)
      })
    })
  })
  let envoy: Gateway
  let ours: Gateway
  const clients: { socket: Socket }[] = []

  beforeAll(async () => {
    backend.listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const options = { backend: (backend.address() as AddressInfo).port, refused: await freePort(), http2: true }
    envoy = await envoyGateway(binary ?? '', options)
    ours = await ourGateway(options)
  })

  afterAll(async () => {
    for (const { socket } of clients) socket.destroy()
    await Promise.all([envoy?.stop(), ours?.stop()])
    for (const socket of sockets) socket.destroy()
    backend.close()
  })

  /** As clients of HTTP/2 see it, and of HTTP/1.1. */
  const seenAt = async (port: number, path: string): Promise<[Outcome, string]> => {
    const http2 = new FrameClient(port)
    clients.push(http2)
    http2.headers(1, [':method', 'GET', ':scheme', 'http', ':authority', 'shop.test', ':path', path])
    const outcome = await http2.outcome()
    const http1 = new RawClient(port).send(`GET ${path} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n`)
    clients.push(http1)
    return [outcome, withoutChance(await http1.end())]
  }

  it.for(plays.map(([name], index) => [name, `/${index}`] as const))('that %s', async ([name, path], { expect }) => {
    const [theirs, own] = [await seenAt(envoy.port, path), await seenAt(ours.port, path)]
    if (withTrailers.test(name)) own[1] = own[1].replace('x-sum: 1\r\n', '')
    expect(own).toEqual(theirs)
  })

  /** What the backend got, in the order of names; what Istio adds to Envoy’s own is left out. */
  const gotAt = async (port: number, head: readonly string[] | string): Promise<string[]> => {
    const body = typeof head === 'string' ? await bodyOfHttp1(port, head) : await bodyOfHttp2(port, head)
    const list = JSON.parse(body) as string[]
    const lines = list.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${list[index + 1]}`]))
    // Envoy names the machine where the caller is on the same one.
    const peerless = lines.map(line => line.replace(/^(x-forwarded-for: .*?)[\d.]+$/, '$1PEER'))
    return peerless.filter(line => !ofIstio.test(line)).sort()
  }

  const bodyOfHttp2 = async (port: number, head: readonly string[]): Promise<string> => {
    const client = new FrameClient(port)
    clients.push(client)
    client.headers(1, [':method', 'GET', ':scheme', 'http', ':authority', 'shop.test', ':path', '/seen', ...head])
    return (await client.outcome()).body ?? ''
  }

  const bodyOfHttp1 = async (port: number, head: string): Promise<string> => {
    const client = new RawClient(port).send(`${head}host: shop.test\r\n\r\n`)
    clients.push(client)
    return /\[.*\]/.exec(await client.until('0\r\n\r\n'))?.[0] ?? ''
  }

  it.for(heads)('gets %s', async ([, head], { expect }) => {
    expect(await gotAt(ours.port, head)).toEqual(await gotAt(envoy.port, head))
  })
})

const ofIstio = /^x-envoy-(decorator-operation|attempt-count|external-address)|^x-request-id/
