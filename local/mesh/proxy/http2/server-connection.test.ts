import { once } from 'node:events'
import { constants } from 'node:http2'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import { frameTypes, preface } from '../../h2/protocol.ts'
import { answering } from '../../testing/backend.ts'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import { eventually, RawClient } from '../../testing/raw-client.ts'
import { afterTest, backendOf, clientOf, host, worldBefore, worldOf } from '../gateway-harness.ts'
import { FrameClient } from './frame-client.ts'
import { answerOf, ask, begin, http2Client, shopWorld } from './http2-harness.ts'

const get = [':method', 'GET', ':scheme', 'http', ':authority', 'hello.app.localhost', ':path', '/']
const post = [':method', 'POST', ...get.slice(2)]

function framesAt(port: number): FrameClient {
  const client = new FrameClient(port)
  afterTest(() => client.socket.destroy())
  return client
}

/** Answers nothing until told to. */
async function heldWorld() {
  const sockets: Socket[] = []
  const world = await worldBefore(socket => void sockets.push(socket))
  return { ...world, sockets, answer: () => sockets.splice(0).forEach(answering()) }
}

describe('HTTP/2 with prior knowledge at a gateway port', () => {
  it('is answered by a function that speaks HTTP/1.1', async () => {
    const { port, backend } = await worldBefore()
    const answer = await ask(http2Client(port), { headers: { 'x-a': '1' } })
    expect(answer).toMatchObject({ status: 200, body: 'hi', headers: { server: 'istio-envoy', 'content-length': '2' } })
    expect(backend.received[0]).toMatch(/^GET \/ HTTP\/1.1\r\nhost: hello.app.localhost\r\nx-a: 1\r\n/)
  })

  it('is known however the first bytes are cut', async () => {
    const { port } = await worldBefore()
    const client = clientOf(port)
    for (const letter of preface) {
      client.send(letter)
      await new Promise(resolve => setImmediate(resolve))
    }
    await client.until(text => text.length > 0)
    expect(client.text.charCodeAt(3)).toBe(frameTypes.settings)
  })

  it('is not taken for a request that begins like it', async () => {
    const { port } = await worldBefore()
    expect(await clientOf(port).send(`PROPFIND / HTTP/1.1\r\n${host}\r\n`).until('\r\n\r\n')).toContain(
      'HTTP/1.1 200 OK',
    )
  })

  it('is not what a client of HTTP/1.1 gets that asks for an upgrade', async () => {
    const { port } = await worldBefore()
    const upgrade = 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n'
    expect(await clientOf(port).send(`GET / HTTP/1.1\r\n${host}${upgrade}\r\n`).until('hi')).toMatch(
      /^HTTP\/1.1 200 OK/,
    )
  })

  it('carries a body and its trailers to HTTP/1.1 in chunks, and the answer’s back', async () => {
    const { port, backend } = await worldBefore((socket, text) => {
      if (!text.includes('0\r\n')) return
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\nx-sum: 9\r\n\r\n')
    })
    const question = { headers: { ':method': 'POST' }, body: 'howdy', trailers: { 'x-end': 'yes' } }
    expect(await ask(http2Client(port), question)).toMatchObject({ body: 'done', trailers: { 'x-sum': '9' } })
    expect(backend.received[0]).toMatch(/transfer-encoding: chunked\r\n\r\n5\r\nhowdy\r\n0\r\nx-end: yes\r\n\r\n$/)
  })

  it('joins a cookie that comes in pieces', async () => {
    const { port, backend } = await worldBefore()
    await framesAt(port)
      .headers(1, [...get, 'cookie', 'a=1', 'x-a', '1', 'cookie', 'b=2'])
      .outcome()
    expect(backend.received[0]).toContain('\r\ncookie: a=1; b=2\r\nx-a: 1\r\n')
  })

  it('asks many things at once, each answered as soon as it can be', async () => {
    const { port, sockets, answer } = await heldWorld()
    const client = http2Client(port)
    const all = Array.from({ length: 50 }, () => ask(client))
    await eventually(() => sockets.length === 50)
    const refused = await ask(client, { headers: { ':authority': 'nobody.localhost' } })
    expect(refused.status).toBe(404)
    answer()
    expect(new Set((await Promise.all(all)).map(({ body }) => body))).toEqual(new Set(['hi']))
  })

  it('does not say how long an answer of the proxy’s own is that is empty', async () => {
    const { port } = await worldBefore()
    const answer = await ask(http2Client(port), { headers: { ':authority': 'nobody.localhost' } })
    expect([answer.status, Object.keys(answer.headers).sort()]).toEqual([404, ['date', 'server']])
  })

  it('CONNECT leads nowhere', async () => {
    const { port } = await worldBefore()
    const client = framesAt(port).headers(1, [':method', 'CONNECT', ':authority', 'hello.app.localhost'])
    expect(await client.outcome()).toMatchObject({ status: '404' })
  })
})

describe('a request of HTTP/2 that is given up', () => {
  it('before it was answered: its function is told, others go on', async () => {
    const { port, sockets, upstreams, answer } = await heldWorld()
    const client = http2Client(port)
    const stream = begin(client)
    await eventually(() => sockets.length === 1)
    const [socket] = sockets.splice(0)
    const closed = once(socket ?? new RawClient(port).socket, 'close')
    stream.close(constants.NGHTTP2_CANCEL)
    await closed
    const next = ask(client)
    await eventually(() => sockets.length === 1)
    answer()
    expect([(await next).body, upstreams.released]).toEqual(['hi', 2])
  })

  it('with its connection: all its functions are told', async () => {
    const { port, sockets, upstreams } = await heldWorld()
    const client = http2Client(port)
    for (let index = 0; index < 3; index++) begin(client)
    await eventually(() => sockets.length === 3)
    client.destroy()
    await eventually(() => upstreams.released === 3)
  })

  it('while its function dies: the client is told so, of this request alone', async () => {
    const { port } = await worldBefore((socket, text) => {
      if (!text.includes('/die')) return answering()(socket)
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () => socket.destroy())
    })
    const client = http2Client(port)
    const stream = begin(client, { headers: { ':path': '/die' } })
    expect(await answerOf(stream)).toMatchObject({ status: 200, body: 'half' })
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect((await ask(client)).body).toBe('hi')
  })

  it('by an answer that came first: what is left of its body is not wanted', async () => {
    const { port } = await shopWorld(1, { directResponse: { status: 403 } })
    const list = [':method', 'POST', ':scheme', 'http', ':authority', 'shop.test', ':path', '/']
    const outcome = await framesAt(port).headers(1, list, false).outcome()
    expect(outcome).toMatchObject({ status: '403', reset: constants.NGHTTP2_NO_ERROR })
  })
})

describe('what a client may ask of a connection', () => {
  it('is 1024 requests at once: one more is refused, and can be asked for again', async () => {
    const { port, sockets, answer } = await heldWorld()
    const client = framesAt(port)
    for (let index = 0; index < 1_025; index++) client.headers(1 + 2 * index, get)
    expect(await client.outcome(2_049)).toMatchObject({ reset: constants.NGHTTP2_REFUSED_STREAM })
    await eventually(() => sockets.length === 1_024)
    answer()
    expect(await client.outcome(2_047)).toMatchObject({ status: '200', body: 'hi' })
    client.headers(2_051, get)
    await eventually(() => sockets.length === 1)
    answer()
    expect(await client.outcome(2_051)).toMatchObject({ status: '200' })
  })

  it('is no end of requests that it takes back at once', async () => {
    const { port } = await heldWorld()
    const client = framesAt(port)
    for (let index = 0; index < 2_000; index++) {
      client.headers(1 + 2 * index, get).frame(frameTypes.rstStream, 0, 1 + 2 * index, Buffer.from([0, 0, 0, 8]))
    }
    expect(await client.outcome(3_999)).toMatchObject({ goAway: constants.NGHTTP2_ENHANCE_YOUR_CALM })
  })

  it.each<[string, (client: FrameClient) => void, object]>([
    [
      'a length it does not keep',
      client => client.headers(1, [...post, 'content-length', '9'], false).data(1, 'x'),
      { reset: 1 },
    ],
    ['a head without a path', client => client.headers(1, get.slice(0, 6)), { reset: 1 }],
    ['a path that is none', client => client.headers(1, [...get.slice(0, 7), 'x']), { status: '400' }],
    ['a method that is none', client => client.headers(1, [':method', 'G T', ...get.slice(2)]), { status: '400' }],
    ['no host', client => client.headers(1, [...get.slice(0, 4), ':path', '/']), { status: '400' }],
    [
      'a hundred headers more',
      client => client.headers(1, [...get, ...new Array(100).fill(['x', 'y']).flat()]),
      { reset: 2 },
    ],
    ['a push', client => client.frame(frameTypes.pushPromise, 4, 1, Buffer.alloc(4)), { goAway: 1, closed: true }],
    [
      'a frame too large',
      client => client.frame(frameTypes.data, 0, 1, Buffer.alloc(20_000)),
      { goAway: 6, closed: true },
    ],
  ])('is not %s', async (_name, play, expected) => {
    const { port } = await worldBefore()
    const client = framesAt(port)
    play(client)
    expect(await client.outcome()).toMatchObject(expected)
  })
})

/** Resolves once a count has not grown for a tenth of a second. */
async function untilStill(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count()
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

describe('a slow side', () => {
  it('that does not read its answer holds up the function, and nobody else', async () => {
    let written = 0
    const { port } = await worldBefore((socket, text) => {
      if (!text.includes('/large')) return answering()(socket)
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50000000\r\n\r\n')
      const more = () => {
        while (written < 50_000_000) {
          written += 50_000
          if (!socket.write(Buffer.alloc(50_000))) return
        }
      }
      socket.on('drain', more)
      more()
    })
    const client = http2Client(port)
    const slow = begin(client, { headers: { ':path': '/large' } })
    await once(slow, 'response')
    await untilStill(() => written)
    expect(written).toBeLessThan(20_000_000)
    expect((await ask(client)).body).toBe('hi')
    let got = 0
    slow.on('data', (piece: Buffer) => {
      got += piece.length
    })
    await once(slow, 'end')
    expect(got).toBe(50_000_000)
  })

  it('that does not read its request holds up the client’s stream, and no other', async () => {
    const { port } = await worldBefore((socket, text) => {
      if (text.startsWith('POST')) socket.pause()
      else answering()(socket)
    })
    const client = http2Client(port)
    const slow = client.request({ ':method': 'POST', ':authority': 'hello.app.localhost', ':path': '/' })
    slow.on('error', () => {})
    let written = 0
    const more = () => {
      if (slow.destroyed || written > 40_000_000) return
      written += 16_384
      slow.write(Buffer.alloc(16_384), more)
    }
    more()
    await untilStill(() => written)
    expect(written).toBeLessThan(20_000_000)
    expect((await ask(client)).body).toBe('hi')
    slow.close()
  })
})

describe('a gateway that closes', () => {
  it('says goodbye, and lets what is under way come to its end', async () => {
    const { mesh, port, sockets, answer } = await heldWorld()
    const client = http2Client(port)
    const [one, two] = [ask(client), ask(client)]
    await eventually(() => sockets.length === 2)
    const goodbye = once(client, 'goaway')
    const closed = mesh.close(10_000)
    expect((await goodbye)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    answer()
    expect((await Promise.all([one, two])).map(({ body }) => body)).toEqual(['hi', 'hi'])
    await closed
  })

  it('refuses what comes after, so that it can be asked elsewhere', async () => {
    const { mesh, port, sockets, answer } = await heldWorld()
    const client = framesAt(port).headers(1, get)
    await eventually(() => sockets.length === 1)
    const closed = mesh.close(10_000)
    await client.until(() => client.frames.includes(frameTypes.goAway))
    client.headers(3, get)
    await client.until(() => client.frames.includes(frameTypes.rstStream))
    expect(await client.outcome(3)).toMatchObject({ reset: constants.NGHTTP2_REFUSED_STREAM })
    answer()
    await closed
  })

  it('closes connections nobody uses at once', async () => {
    const { mesh, port } = await worldBefore()
    const client = http2Client(port)
    await ask(client)
    await mesh.close(10_000)
  })
})

describe('a connection without requests', () => {
  it('is closed after an hour, and not while there are some', async () => {
    const clock = new FakeClock(0)
    const sockets: Socket[] = []
    const backend = await backendOf(socket => void sockets.push(socket))
    const { port } = await worldOf(countedUpstreams(backend.port), { clock })
    const [idle, used] = [framesAt(port), framesAt(port).headers(1, get)]
    await eventually(() => sockets.length === 1 && idle.frames.length > 0)
    await clock.advance(3_600_000)
    expect(await idle.outcome()).toEqual({ goAway: constants.NGHTTP2_NO_ERROR, closed: true })
    expect(used.frames).not.toContain(frameTypes.goAway)
  })
})
