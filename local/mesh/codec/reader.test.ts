import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Framing, requestFraming, responseFraming } from './framing.ts'
import { type HeaderList, parseRequestHead, parseResponseHead, type RequestHead, type ResponseHead } from './head.ts'
import { MalformedMessage } from './malformed.ts'
import { MessageReader } from './reader.ts'

interface Read {
  line: string
  headers: HeaderList
  body: string
  trailers: HeaderList
}

/** Reads requests from pieces, as a connection does: a message at a time. */
function readRequests(pieces: readonly Buffer[]): { messages: Read[]; idle: boolean } {
  const messages: Read[] = []
  let current: Read = { line: '', headers: [], body: '', trailers: [] }
  const reader = new MessageReader<RequestHead>(parseRequestHead, {
    onHead(head): Framing {
      current = { line: `${head.method} ${head.target}`, headers: head.headers, body: '', trailers: [] }
      return requestFraming(head)
    },
    onBody(data) {
      current.body += data.toString('latin1')
    },
    onEnd(trailers) {
      messages.push({ ...current, trailers: [...trailers] })
    },
  })
  for (const piece of pieces) for (let at = 0; at < piece.length; ) at = reader.feed(piece, at)
  return { messages, idle: reader.idle }
}

function readResponse(text: string, method = 'GET'): Read & { whole: boolean } {
  const read = { line: '', headers: [] as HeaderList, body: '', trailers: [] as HeaderList, ended: false }
  const reader = new MessageReader<ResponseHead>(parseResponseHead, {
    onHead(head) {
      read.line += `${head.status} `
      read.headers = head.headers
      return responseFraming(head, method)
    },
    onBody(data) {
      read.body += data.toString('latin1')
    },
    onEnd(trailers) {
      read.trailers = trailers
      read.ended = true
    },
  })
  reader.feed(Buffer.from(text, 'latin1'))
  return { ...read, whole: read.ended || (reader.finish() && read.ended) }
}

function statusOf(text: string): number {
  try {
    readRequests([Buffer.from(text, 'latin1')])
    return 0
  } catch (error) {
    if (error instanceof MalformedMessage) return error.status
    throw error
  }
}

/** Cuts bytes at the given places, in whatever order they are named. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map(place => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

const pipelined = Buffer.from(
  'GET /a?x=1 HTTP/1.1\r\nHost: one.test\r\nX-Multi: a\r\nx-multi:  b \t\r\nx-empty:\r\n\r\n' +
    'POST /b HTTP/1.1\r\nhost: two.test\r\ncontent-length: 11\r\n\r\nhello\r\n\r\nyo' +
    '\r\nPUT /c HTTP/1.1\r\nhost: t\r\nTransfer-Encoding: Chunked\r\n\r\n' +
    '5;name="v"\r\nab\r\nc\r\n0A\r\n0123456789\r\n0\r\nX-Sum: 12\r\nx-more: y\r\n\r\n' +
    'DELETE /d HTTP/1.1\r\nhost: u\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n' +
    'GET /e HTTP/1.1\r\nhost: v\r\nx-b\xfcte: no\r\n\r\n'.replace('x-b\xfcte', 'x-byte').replace('no', '\xfc'),
  'latin1',
)

const expected: Read[] = [
  {
    line: 'GET /a?x=1',
    headers: ['host', 'one.test', 'x-multi', 'a', 'x-multi', 'b', 'x-empty', ''],
    body: '',
    trailers: [],
  },
  { line: 'POST /b', headers: ['host', 'two.test', 'content-length', '11'], body: 'hello\r\n\r\nyo', trailers: [] },
  {
    line: 'PUT /c',
    headers: ['host', 't', 'transfer-encoding', 'Chunked'],
    body: 'ab\r\nc0123456789',
    trailers: ['x-sum', '12', 'x-more', 'y'],
  },
  { line: 'DELETE /d', headers: ['host', 'u', 'transfer-encoding', 'chunked'], body: '', trailers: [] },
  { line: 'GET /e', headers: ['host', 'v', 'x-byte', '\xfc'], body: '', trailers: [] },
]

describe('requests from a byte stream', () => {
  it('reads pipelined messages of every framing', () => {
    expect(readRequests([pipelined])).toEqual({ messages: expected, idle: true })
  })

  it('gives the same messages however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { maxLength: 12 }), places => {
        expect(readRequests(cut(pipelined, places)).messages).toEqual(expected)
      }),
      { numRuns: 500, seed: 7 },
    )
  })

  it('gives the same messages byte by byte', () => {
    expect(readRequests(cut(pipelined, [...pipelined.keys()])).messages).toEqual(expected)
  })

  it('never does anything but read or refuse, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 5 }), (bytes, places) => {
        const stream = Buffer.concat([
          Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'),
          bytes,
        ])
        for (const whole of [Buffer.from(bytes), stream]) {
          try {
            readRequests(cut(whole, places))
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedMessage)
          }
        }
      }),
      { numRuns: 1_000, seed: 11 },
    )
  })

  it('refuses or reads a mutated request the same way however it is cut', () => {
    const verdict = (pieces: Buffer[]) => {
      try {
        return readRequests(pieces).messages
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error
        return 'refused'
      }
    }
    fc.assert(
      fc.property(fc.nat(400), fc.nat(255), fc.array(fc.nat(400), { maxLength: 4 }), (place, byte, places) => {
        const mutated = Buffer.from(pipelined)
        mutated[place % mutated.length] = byte
        expect(verdict(cut(mutated, places))).toEqual(verdict([mutated]))
      }),
      { numRuns: 1_000, seed: 13 },
    )
  })
})

describe('what is refused', () => {
  const head = 'GET / HTTP/1.1\r\nhost: x\r\n'
  const chunked = 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
  const rows: [string, string, number][] = [
    ['a content-length beside chunked', `${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`, 400],
    ['two different content-lengths', `${head}content-length: 3\r\ncontent-length: 4\r\n\r\n`, 400],
    ['two equal content-lengths', `${head}content-length: 3\r\ncontent-length: 3\r\n\r\n`, 400],
    ['a list of content-lengths', `${head}content-length: 3, 3\r\n\r\n`, 400],
    ['a signed content-length', `${head}content-length: +3\r\n\r\n`, 400],
    ['a hexadecimal content-length', `${head}content-length: 0x3\r\n\r\n`, 400],
    ['an empty content-length', `${head}content-length:\r\n\r\n`, 400],
    ['a content-length beyond all numbers', `${head}content-length: 99999999999999999999\r\n\r\n`, 400],
    ['a transfer coding that is not chunked', `${head}transfer-encoding: gzip\r\n\r\n`, 400],
    ['chunked with another coding', `${head}transfer-encoding: gzip, chunked\r\n\r\n`, 400],
    ['chunked twice', `${head}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`, 400],
    ['a disguised chunked', `${head}transfer-encoding: xchunked\r\n\r\n`, 400],
    ['a folded header line', `${head}x-a: 1\r\n  2\r\n\r\n`, 400],
    ['a space before the colon', `${head}x-a : 1\r\n\r\n`, 400],
    ['a header without a colon', `${head}x-a\r\n\r\n`, 400],
    ['an empty header name', `${head}: 1\r\n\r\n`, 400],
    ['a bare line feed between headers', 'GET / HTTP/1.1\nhost: x\r\n\r\n', 400],
    ['a bare line feed before the end is known', 'GET / HTTP/1.1\nhost: x\n\n', 400],
    ['a bare carriage return', `${head}x-a: 1\r2\r\n\r\n`, 400],
    ['a NUL in a value', `${head}x-a: 1\0\r\n\r\n`, 400],
    ['two hosts', `${head}host: y\r\n\r\n`, 400],
    ['an unknown method', 'FOO / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['a method in lower case', 'get / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['no version', 'GET /\r\nhost: x\r\n\r\n', 400],
    ['two spaces in the request line', 'GET  / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nhost: x\r\n\r\n', 426],
    ['HTTP/2', 'GET / HTTP/2.0\r\nhost: x\r\n\r\n', 400],
    ['a TLS record', '\x16\x03\x01\x02\x00\x01\x00\x01', 400],
    ['101 header lines', `GET / HTTP/1.1\r\n${'x-a: 1\r\n'.repeat(101)}\r\n`, 431],
    ['a head over 60 KiB', `${head}x-a: ${'a'.repeat(61 * 1024)}\r\n\r\n`, 431],
    ['a head over 60 KiB that never ends', `${head}x-a: ${'a'.repeat(61 * 1024)}`, 431],
    ['a chunk size that is no number', `${chunked}g\r\n`, 400],
    ['a chunk size with a sign', `${chunked}-1\r\n`, 400],
    ['a chunk size with a prefix', `${chunked}0x5\r\nhello\r\n`, 400],
    ['a chunk size after a space', `${chunked} 5\r\nhello\r\n`, 400],
    ['a chunk size before a space', `${chunked}5 \r\nhello\r\n`, 400],
    ['a chunk size ended by a bare line feed', `${chunked}5\nhello\r\n`, 400],
    ['a chunk size beyond all bodies', `${chunked}fffffffffffff\r\n`, 400],
    ['a chunk longer than its size', `${chunked}5\r\nhello!\r\n`, 400],
    ['a chunk without its line end', `${chunked}5\r\nhello0\r\n\r\n`, 400],
    ['a chunk extension without end', `${chunked}5;${'a'.repeat(2_000)}`, 400],
    ['a line feed in a chunk extension', `${chunked}5;a\nb\r\nhello\r\n`, 400],
    ['a content-length in the trailers', `${chunked}0\r\ncontent-length: 5\r\n\r\n`, 400],
    ['a bare line feed in the trailers', `${chunked}0\r\nx-a: 1\n\r\n`, 400],
    ['trailers without end', `${chunked}0\r\n${'x-a: 1\r\n'.repeat(9_000)}`, 431],
  ]

  it.each(rows)('refuses %s', (_name, text, status) => {
    expect(statusOf(text)).toBe(status)
  })

  const accepted: [string, string][] = [
    ['100 header lines', `GET / HTTP/1.1\r\n${'x-a: 1\r\n'.repeat(100)}\r\n`],
    ['empty lines before the request', `\r\n\r\n${head}\r\n`],
    ['a value with bytes above ASCII', `${head}x-a: \xe4\r\n\r\n`],
    ['a tab in a value', `${head}x-a: a\tb\r\n\r\n`],
    ['a value with colons', `${head}x-a: a:b:c\r\n\r\n`],
    ['an underscore in a name', `${head}x_under_score: 1\r\n\r\n`],
    ['names of what every object inherits', `${head}constructor: 1\r\n__proto__: 2\r\n\r\n`],
    ['an upper-case chunk size with leading zeros', `${chunked}000A\r\n0123456789\r\n0\r\n\r\n`],
  ]

  it.each(accepted)('reads %s', (_name, text) => {
    expect(statusOf(text)).toBe(0)
  })
})

describe('responses', () => {
  it('reads a body by its length', () => {
    expect(readResponse('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi')).toMatchObject({ body: 'hi', whole: true })
  })

  it('does not take a body cut short for whole', () => {
    expect(readResponse('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi').whole).toBe(false)
    expect(readResponse('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n').whole).toBe(false)
  })

  it('reads until the connection ends when no length is told', () => {
    expect(readResponse('HTTP/1.0 200 OK\r\n\r\nhi there')).toMatchObject({ body: 'hi there', whole: true })
  })

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n'],
  ])('expects no body: %s %s', (method, text) => {
    expect(readResponse(text, method)).toMatchObject({ body: '', whole: true })
  })

  it('reads interim answers before the answer', () => {
    const text =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
    expect(readResponse(text)).toMatchObject({ line: '100 103 200 ', whole: true })
  })

  it('reads a status line without a reason', () => {
    expect(readResponse('HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n').line).toBe('200 ')
  })

  it.each([
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 2x0 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'hello\r\n\r\n',
    'HTTP/1.1 099 X\r\n\r\n',
  ])('refuses %j', text => {
    expect(() => readResponse(text)).toThrow(MalformedMessage)
  })
})
