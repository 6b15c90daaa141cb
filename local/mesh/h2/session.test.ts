import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FrameReader, wholeFrame } from './frame-reader.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import { errorCodes, flags, frameTypes, preface } from './protocol.ts'
import { Session } from './session.ts'
import type { StreamUser } from './stream.ts'
import type { Stream } from './stream-handle.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** A session over a socket, as the proxy runs one. */
function overSocket(socket: Socket, options: { onStream?(stream: Stream): StreamUser }): Session {
  const session = new Session({
    role: options.onStream ? 'server' : 'client',
    write(parts) {
      for (const part of parts) socket.write(part)
      if (socket.writableNeedDrain) session.hold(true)
    },
    onBroken: () => socket.end(),
    ...options,
  })
  socket.on('data', data => {
    session.receive(data)
    session.flush()
  })
  socket.on('drain', () => {
    session.hold(false)
    session.flush()
  })
  socket.on('error', () => {})
  socket.on('close', () => session.lost())
  session.flush()
  return session
}

/** Our server: `/echo` sends back what it gets, with trailers; `/status/N`; `/slow` never reads; `/never` never answers. */
async function ourServer(): Promise<{ port: number; sessions: Session[]; resets: number[] }> {
  const sessions: Session[] = []
  const resets: number[] = []
  const server = createServer(socket => {
    const session = overSocket(socket, { onStream: stream => echoing(stream, resets, () => session.flush()) })
    sessions.push(session)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => void server.close())
  return { port: (server.address() as AddressInfo).port, sessions, resets }
}

function echoing(stream: Stream, resets: number[], flush: () => void): StreamUser {
  let path = ''
  let waiting: number[] = []
  return {
    onHeaders(headers, end) {
      path = headers[headers.indexOf(':path') + 1] ?? ''
      if (path === '/never') return
      if (path.startsWith('/status/')) return stream.headers([':status', path.slice(8)], true)
      stream.headers([':status', '200', 'x-method', headers[headers.indexOf(':method') + 1] ?? ''], end)
    },
    onData(data) {
      if (path === '/slow') return
      if (stream.data(data, false)) stream.consumed(data.length)
      else waiting.push(data.length)
    },
    onEnd(trailers) {
      if (path !== '/never') stream.trailers(['x-trailer', trailers[1] ?? 'none'])
    },
    onReset: code => void resets.push(code),
    onDrained() {
      for (const bytes of waiting) stream.consumed(bytes)
      waiting = []
      flush()
    },
  }
}

async function nodeClient(port: number): Promise<ClientHttp2Session> {
  const client = connectHttp2(`http://127.0.0.1:${port}`)
  client.on('error', () => {})
  cleanups.push(() => client.destroy())
  await once(client, 'connect')
  return client
}

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: Buffer
  trailers: Record<string, unknown> | undefined
}

async function ask(
  client: ClientHttp2Session,
  headers: Record<string, string>,
  body?: Buffer,
  trailers?: Record<string, string>,
): Promise<Answer> {
  const stream = client.request(headers, { endStream: body === undefined, waitForTrailers: trailers !== undefined })
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  if (body !== undefined) stream.end(body)
  const parts: Buffer[] = []
  let received: Record<string, unknown> | undefined
  stream.on('data', part => parts.push(part))
  stream.on('trailers', given => {
    received = given
  })
  const [answer] = await once(stream, 'response')
  await once(stream, 'close')
  return { status: answer[':status'], headers: answer, body: Buffer.concat(parts), trailers: received }
}

describe('our server and Node’s client', () => {
  it('exchange a request without a body', async () => {
    const client = await nodeClient((await ourServer()).port)
    expect(await ask(client, { ':path': '/status/204' })).toMatchObject({ status: 204 })
    expect(await ask(client, { ':path': '/echo' })).toMatchObject({ status: 200, headers: { 'x-method': 'GET' } })
  })

  it('exchange bodies far beyond every window, and trailers both ways', async () => {
    const client = await nodeClient((await ourServer()).port)
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251))
    const answer = await ask(client, { ':path': '/echo', ':method': 'POST' }, body, { sum: '42' })
    expect(answer.body.equals(body)).toBe(true)
    expect(answer.trailers).toMatchObject({ 'x-trailer': '42' })
  })

  it('carry a hundred streams at once on one connection', async () => {
    const { port, sessions } = await ourServer()
    const client = await nodeClient(port)
    const bodies = Array.from({ length: 100 }, (_, index) => Buffer.alloc(20_000, index))
    const asked = bodies.map(body => ask(client, { ':path': '/echo', ':method': 'POST' }, body))
    for (const [index, answer] of (await Promise.all(asked)).entries()) expect(answer.body).toEqual(bodies[index])
    expect(sessions.map(({ active }) => active)).toEqual([0])
  })

  it('stop a sender whose stream nobody reads, and no other one', async () => {
    const client = await nodeClient((await ourServer()).port)
    const slow = client.request({ ':path': '/slow', ':method': 'POST' })
    slow.on('error', () => {})
    let sent = 0
    const part = Buffer.alloc(64 * 1_024)
    while (sent < 10_000_000 && slow.write(part)) sent += part.length
    expect(await ask(client, { ':path': '/echo', ':method': 'POST' }, Buffer.alloc(500_000))).toMatchObject({
      status: 200,
    })
    expect(slow.state?.sumDependencyWeight).toBeDefined()
    slow.close()
  })

  it('tell of a request given up', async () => {
    const { port, resets } = await ourServer()
    const client = await nodeClient(port)
    const stream = client.request({ ':path': '/never' })
    stream.on('error', () => {})
    await ask(client, { ':path': '/status/200' })
    stream.close(errorCodes.cancel)
    await once(stream, 'close')
    await ask(client, { ':path': '/status/200' })
    expect(resets).toEqual([errorCodes.cancel])
  })

  it('part in peace: what is under way ends, nothing new begins', async () => {
    const { port, sessions } = await ourServer()
    const client = await nodeClient(port)
    const stream = client.request({ ':path': '/echo', ':method': 'POST' })
    await once(stream, 'response')
    sessions[0]?.goAway()
    sessions[0]?.flush()
    await once(client, 'goaway')
    stream.end('last words')
    stream.setEncoding('utf8')
    const [text] = await once(stream, 'data')
    expect(text).toBe('last words')
  })
})

describe('our client and Node’s server', () => {
  async function nodeServer(): Promise<number> {
    const server = createHttp2Server()
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      if (headers[':path'] === '/refuse') return stream.close(errorCodes.refusedStream)
      stream.additionalHeaders({ ':status': 103, link: '</a>' })
      stream.respond({ ':status': 200, 'x-path': headers[':path'] }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.pipe(stream)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => void server.close())
    return (server.address() as AddressInfo).port
  }

  async function ourClient(port: number) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const session = overSocket(socket, {})
    cleanups.push(() => void socket.destroy())
    return session
  }

  function asking(session: Session, path: string, body: Buffer) {
    const { promise, resolve, reject } = Promise.withResolvers<{
      heads: string[][]
      body: Buffer
      trailers: string[]
    }>()
    const heads: string[][] = []
    const parts: Buffer[] = []
    let sent = 0
    const send = () => {
      while (sent < body.length) {
        const part = body.subarray(sent, sent + 16_384)
        sent += part.length
        if (!stream.data(part, sent === body.length)) break
      }
      session.flush()
    }
    const head = [':method', 'POST', ':scheme', 'http', ':authority', 'a.test', ':path', path]
    const stream = session.request(head, body.length === 0, {
      onHeaders: headers => void heads.push(headers),
      onData(data) {
        parts.push(Buffer.from(data))
        stream.consumed(data.length)
      },
      onEnd: trailers => resolve({ heads, body: Buffer.concat(parts), trailers }),
      onReset: code => reject(new Error(`reset with ${code}`)),
      onDrained: send,
    })
    send()
    return promise
  }

  it('exchange interim answers, bodies beyond the windows, and trailers', async () => {
    const session = await ourClient(await nodeServer())
    const body = Buffer.alloc(2_000_000, 'abc')
    const answer = await asking(session, '/x?y', body)
    expect(answer.heads.map(head => head.slice(0, 2))).toEqual([
      [':status', '103'],
      [':status', '200'],
    ])
    expect(answer.heads[1]).toContain('/x?y')
    expect(answer.body.equals(body)).toBe(true)
    expect(answer.trailers).toEqual(['grpc-status', '0'])
    expect(session.active).toBe(0)
  })

  it('tell of a refused stream, and go on', async () => {
    const session = await ourClient(await nodeServer())
    await expect(asking(session, '/refuse', Buffer.alloc(0))).rejects.toThrow(`reset with ${errorCodes.refusedStream}`)
    expect((await asking(session, '/', Buffer.from('x'))).body.toString()).toBe('x')
  })

  it('tell everybody when the connection is lost', async () => {
    const server = createServer(socket => void socket.once('data', () => socket.destroy()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => void server.close())
    const session = await ourClient((server.address() as AddressInfo).port)
    await expect(asking(session, '/', Buffer.from('x'))).rejects.toThrow('reset')
    expect(session.open).toBe(false)
  })
})

// A peer that breaks the rules: bytes by hand, and what the session says to them.

const encoder = () => new HpackEncoder()
const getRequest = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'a']
const settings = wholeFrame(frameTypes.settings, 0, 0, Buffer.alloc(0))
const number = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const headersFrame = (stream: number, headers: string[], set: number = flags.endHeaders | flags.endStream) =>
  wholeFrame(frameTypes.headers, set, stream, encoder().encode(headers))

interface Said {
  goAway: number | undefined
  resets: number[]
  accepted: number
}

/** Feeds a server session the preface and these frames, whole or byte by byte; gives what it said. */
function said(frames: Buffer[], pieces = false): Said {
  const result: Said = { goAway: undefined, resets: [], accepted: 0 }
  const reader = new FrameReader()
  const user: StreamUser = { onHeaders() {}, onData() {}, onEnd() {}, onReset() {}, onDrained() {} }
  const session = new Session({
    role: 'server',
    write: parts =>
      reader.feed(Buffer.concat(parts), ({ type, payload }) => {
        if (type === frameTypes.goAway) result.goAway = payload.readUInt32BE(4)
        if (type === frameTypes.rstStream) result.resets.push(payload.readUInt32BE(0))
      }),
    onStream() {
      result.accepted++
      return user
    },
    onBroken() {},
  })
  const bytes = Buffer.concat([Buffer.from(preface), settings, ...frames])
  if (pieces) for (const byte of bytes) session.receive(Buffer.from([byte]))
  else session.receive(bytes)
  session.flush()
  return result
}

describe('a peer that breaks the rules of the connection is told goodbye', () => {
  const { protocolError, frameSizeError, compressionError, flowControlError, enhanceYourCalm } = errorCodes
  it.each<[string, number, Buffer[]]>([
    ['headers of stream 0', protocolError, [headersFrame(0, getRequest)]],
    ['headers of an even stream', protocolError, [headersFrame(2, getRequest)]],
    ['data of a stream nobody opened', protocolError, [wholeFrame(frameTypes.data, 0, 1, Buffer.from('x'))]],
    ['a reset of a stream nobody opened', protocolError, [wholeFrame(frameTypes.rstStream, 0, 1, number(8))]],
    ['a continuation of nothing', protocolError, [wholeFrame(frameTypes.continuation, 4, 1, Buffer.alloc(0))]],
    ['another frame between the pieces of headers', protocolError, [headersFrame(1, getRequest, 0), settings]],
    ['a ping of a stream', protocolError, [wholeFrame(frameTypes.ping, 0, 1, Buffer.alloc(8))]],
    ['a ping of another size', frameSizeError, [wholeFrame(frameTypes.ping, 0, 0, Buffer.alloc(7))]],
    ['settings in pieces', frameSizeError, [wholeFrame(frameTypes.settings, 0, 0, Buffer.alloc(5))]],
    ['an acknowledgement with settings', frameSizeError, [wholeFrame(frameTypes.settings, 1, 0, Buffer.alloc(6))]],
    ['a window opened by nothing', protocolError, [wholeFrame(frameTypes.windowUpdate, 0, 0, number(0))]],
    ['a window opened too far', flowControlError, [wholeFrame(frameTypes.windowUpdate, 0, 0, number(2 ** 31 - 1))]],
    ['a push', protocolError, [wholeFrame(frameTypes.pushPromise, 4, 1, Buffer.alloc(8))]],
    [
      'headers that cannot be decoded',
      compressionError,
      [wholeFrame(frameTypes.headers, 5, 1, Buffer.from([0xff, 0xff, 0x03]))],
    ],
    ['padding longer than its frame', protocolError, [wholeFrame(frameTypes.headers, 0x0d, 1, Buffer.from([9, 0]))]],
    ['a frame larger than agreed', frameSizeError, [wholeFrame(frameTypes.ping, 0, 0, Buffer.alloc(16_385))]],
    ['pings without end', enhanceYourCalm, new Array(1_100).fill(wholeFrame(frameTypes.ping, 0, 0, Buffer.alloc(8)))],
    ['settings without end', enhanceYourCalm, new Array(1_100).fill(settings)],
    [
      'headers without end',
      enhanceYourCalm,
      [
        headersFrame(1, getRequest, 0),
        ...new Array(1_100).fill(wholeFrame(frameTypes.continuation, 0, 1, Buffer.alloc(0))),
      ],
    ],
    [
      'requests given up at once, again and again',
      enhanceYourCalm,
      Array.from({ length: 1_200 }, (_, index) => index * 2 + 1).flatMap(id => [
        headersFrame(id, getRequest, flags.endHeaders),
        wholeFrame(frameTypes.rstStream, 0, id, number(8)),
      ]),
    ],
  ])('%s', (_sentence, code, frames) => {
    expect(said(frames).goAway).toBe(code)
  })

  it('no preface', () => {
    let told = ''
    const session = new Session({ role: 'server', write: () => {}, onBroken: error => (told = error.message) })
    session.receive(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    expect(told).toBe('no preface')
  })
})

describe('a request that breaks the rules is reset, the connection goes on', () => {
  const { protocolError, streamClosed, internalError } = errorCodes
  it.each<[string, number, string[]]>([
    ['no method', protocolError, [':scheme', 'http', ':path', '/']],
    ['no path', protocolError, [':method', 'GET', ':scheme', 'http']],
    ['a pseudo header twice', protocolError, [...getRequest, ':path', '/b']],
    ['a pseudo header after others', protocolError, [':method', 'GET', 'a', 'b', ':scheme', 'http', ':path', '/']],
    ['a pseudo header of answers', protocolError, [...getRequest, ':status', '200']],
    ['capitals in a name', protocolError, [...getRequest, 'X-User', 'jane']],
    ['a space in a name', protocolError, [...getRequest, 'x user', 'jane']],
    ['a line break in a value', protocolError, [...getRequest, 'x-user', 'a\r\nb: c']],
    ['connection', protocolError, [...getRequest, 'connection', 'close']],
    ['transfer-encoding', protocolError, [...getRequest, 'transfer-encoding', 'chunked']],
    ['te other than trailers', protocolError, [...getRequest, 'te', 'gzip']],
    ['a length that is none', protocolError, [...getRequest, 'content-length', '+1']],
    ['two lengths', protocolError, [...getRequest, 'content-length', '1', 'content-length', '2']],
    ['a length without a body', protocolError, [...getRequest, 'content-length', '5']],
    ['too many headers', internalError, [...getRequest, ...new Array(100).fill(['x', '1']).flat()]],
    ['an extended CONNECT', protocolError, [...getRequest, ':protocol', 'websocket']],
    ['headers too large', internalError, [...getRequest, 'x', 'y'.repeat(16_000), 'x', 'y'.repeat(16_000)]],
  ])('%s', (sentence, code, headers) => {
    // The larger ones come in two frames.
    const large =
      sentence === 'headers too large' ? [...headers, 'a', 'z'.repeat(16_000), 'b', 'z'.repeat(16_000)] : headers
    const block = encoder().encode(large)
    const frames: Buffer[] = []
    for (let at = 0; at < block.length; at += 16_000) {
      const type = at === 0 ? frameTypes.headers : frameTypes.continuation
      const last = at + 16_000 >= block.length ? flags.endHeaders : 0
      frames.push(wholeFrame(type, last | (at === 0 ? flags.endStream : 0), 1, block.subarray(at, at + 16_000)))
    }
    const outcome = said([...frames, headersFrame(3, getRequest)])
    expect(outcome).toMatchObject({ goAway: undefined, resets: [code] })
    expect(outcome.accepted).toBeGreaterThan(0)
  })

  it.each<[string, number, Buffer[]]>([
    [
      'data after the end',
      streamClosed,
      [headersFrame(1, getRequest), wholeFrame(frameTypes.data, 0, 1, Buffer.from('x'))],
    ],
    [
      'a body longer than said',
      protocolError,
      [
        headersFrame(1, [...getRequest, 'content-length', '1'], flags.endHeaders),
        wholeFrame(frameTypes.data, flags.endStream, 1, Buffer.from('xy')),
      ],
    ],
    [
      'a body shorter than said',
      protocolError,
      [
        headersFrame(1, [...getRequest, 'content-length', '3'], flags.endHeaders),
        wholeFrame(frameTypes.data, flags.endStream, 1, Buffer.from('xy')),
      ],
    ],
    [
      'trailers that do not end the stream',
      protocolError,
      [headersFrame(1, getRequest, flags.endHeaders), headersFrame(1, ['a', 'b'], flags.endHeaders)],
    ],
    [
      'pseudo headers in trailers',
      protocolError,
      [headersFrame(1, getRequest, flags.endHeaders), headersFrame(1, [':path', '/'])],
    ],
  ])('%s', (_sentence, code, frames) => {
    expect(said(frames)).toMatchObject({ goAway: undefined, resets: [code] })
  })

  it('whatever pieces the bytes come in', () => {
    const frames = [headersFrame(1, getRequest), headersFrame(3, [...getRequest, 'connection', 'x'])]
    expect(said(frames, true)).toEqual(said(frames))
  })

  it('beyond a thousand streams at once', () => {
    const frames = Array.from({ length: 1_030 }, (_, index) =>
      headersFrame(index * 2 + 1, getRequest, flags.endHeaders),
    )
    const { accepted, resets } = said(frames)
    expect(accepted).toBe(1_024)
    expect(resets).toEqual(new Array(6).fill(errorCodes.refusedStream))
  })
})
