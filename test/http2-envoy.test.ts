import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { freePort } from '../load/world.ts'
import { FrameClient, type Outcome } from '../local/mesh/proxy/http2/frame-client.ts'
import { binary, envoyGateway, type Gateway, ourGateway } from './envoy-peer.ts'

// What a real Envoy answers in HTTP/2, and what we do, to the same frames. Runs where `ENVOY` names its binary.

const request = (more: readonly string[] = [], replaced: Record<string, string | undefined> = {}) => {
  const pseudo = { ':method': 'GET', ':scheme': 'http', ':authority': 'shop.test', ':path': '/', ...replaced }
  return [...Object.entries(pseudo).flatMap(([name, value]) => (value === undefined ? [] : [name, value])), ...more]
}

type Play = (client: FrameClient) => void
const asking =
  (more: readonly string[], replaced?: Record<string, string | undefined>): Play =>
  client =>
    void client.headers(1, request(more, replaced))
const grpc = ['content-type', 'application/grpc', 'te', 'trailers']

/** A head in as many frames as it takes. */
function large(bytes: number): Play {
  return client => {
    const block = client.block(request(['x-large', '~'.repeat(bytes)]))
    for (let at = 0; at < block.length; at += 16_000) {
      const last = at + 16_000 >= block.length ? 4 : 0
      client.frame(at === 0 ? 1 : 9, at === 0 ? last | 1 : last, 1, block.subarray(at, at + 16_000))
    }
  }
}

const plays: [string, Play][] = [
  ['a request', asking([])],
  ['a request to nobody', asking([], { ':authority': 'nobody.test' })],
  ['HEAD', asking([], { ':method': 'HEAD' })],
  ['a call of gRPC to nobody', asking(grpc, { ':authority': 'nobody.test' })],
  ['a call of gRPC that is answered by the proxy', asking(grpc, { ':path': '/direct' })],
  ['an answer of the proxy', asking([], { ':path': '/direct' })],
  ['an answer of the proxy to HEAD', asking([], { ':path': '/direct', ':method': 'HEAD' })],
  ['a redirect', asking([], { ':path': '/redirect?a=b' })],
  ['a redirect of a call of gRPC', asking(grpc, { ':path': '/redirect' })],
  ['nobody home', asking([], { ':path': '/refused' })],
  ['nobody home for a call of gRPC', asking(grpc, { ':path': '/refused' })],
  ['the host in its own header', asking(['host', 'shop.test'], { ':authority': undefined })],
  ['two hosts', asking(['host', 'nobody.test'])],
  ['no host', asking([], { ':authority': undefined })],
  ['an empty host', asking([], { ':authority': '' })],
  ['no path', asking([], { ':path': undefined })],
  ['an empty path', asking([], { ':path': '' })],
  ['no method', asking([], { ':method': undefined })],
  ['no scheme', asking([], { ':scheme': undefined })],
  ['another scheme', asking([], { ':scheme': 'https' })],
  ['a scheme nobody knows', asking([], { ':scheme': 'foo' })],
  ['a path that is none', asking([], { ':path': 'x' })],
  ['an absolute path', asking([], { ':path': 'http://shop.test/' })],
  ['a fragment', asking([], { ':path': '/a#b' })],
  ['an asterisk', asking([], { ':path': '*', ':method': 'OPTIONS' })],
  ['an asterisk of GET', asking([], { ':path': '*' })],
  ['a NUL in the path', asking([], { ':path': '/%00' })],
  ['a NUL in the path of a call of gRPC', asking(grpc, { ':path': '/%00' })],
  ['a space in the path', asking([], { ':path': '/a b' })],
  ['a method with a space', asking([], { ':method': 'G T' })],
  ['a method nobody knows', asking([], { ':method': 'FOO' })],
  ['CONNECT', asking([], { ':method': 'CONNECT', ':path': undefined, ':scheme': undefined })],
  ['an extended CONNECT', asking([], { ':method': 'CONNECT', ':protocol': 'websocket' })],
  ['TRACE', asking([], { ':method': 'TRACE' })],
  ['a capital in a name', asking(['X-A', '1'])],
  ['an underscore in a name', asking(['x_a', '1'])],
  ['a space in a name', asking(['x a', '1'])],
  ['an empty name', asking(['', '1'])],
  ['a line break in a value', asking(['x-a', 'a\r\nb'])],
  ['a NUL in a value', asking(['x-a', 'a\0b'])],
  ['connection', asking(['connection', 'close'])],
  ['keep-alive', asking(['keep-alive', '1'])],
  ['proxy-connection', asking(['proxy-connection', 'close'])],
  ['transfer-encoding', asking(['transfer-encoding', 'chunked'])],
  ['upgrade', asking(['upgrade', 'websocket'])],
  ['te: gzip', asking(['te', 'gzip'])],
  ['a pseudo header behind others', asking(['x-a', '1', ':path', '/'])],
  ['a pseudo header twice', asking([':path', '/'])],
  ['a pseudo header nobody knows', asking([':foo', '1'])],
  ['the status in a request', asking([':status', '200'])],
  ['a length that is none', asking(['content-length', 'x'])],
  ['two lengths', asking(['content-length', '1', 'content-length', '2'])],
  ['a length and no body', asking(['content-length', '5'])],
  ['many headers', asking(Array.from({ length: 150 }, (_, index) => [`x-${index}`, '1']).flat())],
  ['a hundred headers and one', asking(Array.from({ length: 97 }, (_, index) => [`x-${index}`, '1']).flat())],
  ['a hundred headers', asking(Array.from({ length: 96 }, (_, index) => [`x-${index}`, '1']).flat())],
  ['a head larger than all', large(70_000)],
  ['a head nearly as large as all', large(59_000)],
  ['cookies in pieces', asking(['cookie', 'a=1', 'cookie', 'b=2'])],
  ['a body', client => void client.headers(1, request([], { ':method': 'POST' }), false).data(1, 'hello')],
  [
    'a body longer than said',
    client => void client.headers(1, request(['content-length', '2'], { ':method': 'POST' }), false).data(1, 'hello'),
  ],
  [
    'a body shorter than said',
    client => void client.headers(1, request(['content-length', '9'], { ':method': 'POST' }), false).data(1, 'hello'),
  ],
  [
    'trailers',
    client =>
      void client
        .headers(1, request([], { ':method': 'POST' }), false)
        .data(1, 'hello', false)
        .headers(1, ['x-sum', '1']),
  ],
  [
    'trailers that do not end',
    client => void client.headers(1, request([], { ':method': 'POST' }), false).headers(1, ['x-sum', '1'], false),
  ],
  [
    'trailers with a pseudo header',
    client => void client.headers(1, request([], { ':method': 'POST' }), false).headers(1, [':path', '/']),
  ],
  ['a stream of an even number', client => void client.headers(2, request())],
  ['a stream of number 0', client => void client.headers(0, request())],
  ['data of a stream nobody opened', client => void client.data(5, 'x')],
  ['data behind the end', client => void client.headers(1, request([], { ':path': '/slow' })).data(1, 'x')],
  ['a window opened by nothing', client => void client.frame(8, 0, 0, Buffer.alloc(4))],
  ['a window opened too far', client => void client.frame(8, 0, 0, Buffer.from([0x7f, 255, 255, 255]))],
  ['a push', client => void client.frame(5, 4, 1, Buffer.from([0, 0, 0, 2]))],
  ['a ping of another size', client => void client.frame(6, 0, 0, 'short')],
  ['settings of a stream', client => void client.frame(4, 0, 1)],
  ['settings in pieces', client => void client.frame(4, 0, 0, 'x')],
  ['a continuation of nothing', client => void client.frame(9, 4, 1, 'x')],
  [
    'another frame among the pieces of a head',
    client => void client.frame(1, 1, 1, client.block(request())).frame(6, 0, 0, '12345678'),
  ],
  ['a head that is no HPACK', client => void client.frame(1, 5, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
  ['a reset of a stream nobody opened', client => void client.frame(3, 0, 7, Buffer.alloc(4))],
  ['a frame too large', client => void client.frame(0, 0, 1, Buffer.alloc(17_000))],
  ['a frame nobody knows', client => void client.frame(77, 0, 0, 'x').headers(1, request())],
  [
    'a stream that depends on itself',
    client => void client.frame(2, 0, 1, Buffer.from([0, 0, 0, 1, 0])).headers(1, request()),
  ],
]

describe.skipIf(!binary)('HTTP/2 as Envoy speaks it', () => {
  const backend = createServer((request, answer) => {
    if (request.url === '/slow') return
    request.resume().on('end', () => answer.writeHead(200, { 'content-type': 'text/plain' }).end('hello'))
  })
  let envoy: Gateway
  let ours: Gateway
  const clients: FrameClient[] = []

  beforeAll(async () => {
    backend.listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const { port } = backend.address() as AddressInfo
    const options = { backend: port, refused: await freePort(), http2: false }
    envoy = await envoyGateway(binary ?? '', options)
    ours = await ourGateway(options)
  })

  afterAll(async () => {
    for (const client of clients) client.socket.destroy()
    await Promise.all([envoy?.stop(), ours?.stop()])
    backend.closeAllConnections()
    backend.close()
  })

  const outcomeAt = (port: number, play: Play): Promise<Outcome> => {
    const client = new FrameClient(port)
    clients.push(client)
    play(client)
    const late = new Promise<Outcome>(resolve => setTimeout(() => resolve(client.sofar()), 2_500))
    return Promise.race([client.outcome(), late])
  }

  it.concurrent.for(plays)('%s', async ([, play], { expect }) => {
    const [theirs, own] = await Promise.all([outcomeAt(envoy.port, play), outcomeAt(ours.port, play)])
    expect(comparable(own, theirs)).toEqual(comparable(theirs, theirs))
  })
})

/**
 * To most of what is no HTTP Envoy says nothing and hangs up a second later; we say what was wrong, to the stream alone
 * where RFC 9113 has it so. Either way there is no answer.
 */
function comparable(outcome: Outcome, theirs: Outcome): Outcome | 'refused' {
  if (theirs.status !== undefined || theirs.reset !== undefined) return outcome
  const refused = outcome.status === undefined || outcome.status === '400'
  return refused && (outcome.closed || outcome.reset || outcome.goAway || outcome.status) ? 'refused' : outcome
}
