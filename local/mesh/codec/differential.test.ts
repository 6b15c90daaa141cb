import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestFraming } from './framing.ts'
import { parseRequestHead, type RequestHead } from './head.ts'
import { MalformedMessage } from './malformed.ts'
import { MessageReader } from './reader.ts'

// Request smuggling needs two readers that disagree where a message ends. Node's own parser is the second one here.

interface Framed {
  target: string
  body: string
}

/** What our reader makes of a stream; what it had before it refused counts too. */
function ours(stream: string): { framed: Framed[]; refused: boolean } {
  const framed: Framed[] = []
  let current: Framed = { target: '', body: '' }
  const reader = new MessageReader<RequestHead>(parseRequestHead, {
    onHead(head) {
      current = { target: head.target, body: '' }
      return requestFraming(head)
    },
    onBody(data) {
      current.body += data.toString('latin1')
    },
    onEnd: () => void framed.push(current),
  })
  try {
    const bytes = Buffer.from(stream, 'latin1')
    for (let at = 0; at < bytes.length; ) at = reader.feed(bytes, at)
    return { framed, refused: false }
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
    return { framed, refused: true }
  }
}

let server: Server
let port: number
let seen: Framed[] = []

beforeAll(async () => {
  server = createServer({ insecureHTTPParser: false, requireHostHeader: false }, (request, answer) => {
    const one: Framed = { target: request.url ?? '', body: '' }
    request.on('data', (data: Buffer) => {
      one.body += data.toString('latin1')
    })
    request.on('end', () => {
      seen.push(one)
      answer.end()
    })
  })
  // Answered like any other, so that the next message on the connection is read.
  server.on('checkContinue', (request, answer) => server.emit('request', request, answer))
  server.on('checkExpectation', (request, answer) => server.emit('request', request, answer))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What Node's server makes of the same stream. */
function theirs(stream: string): Promise<Framed[]> {
  seen = []
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => resolve(seen))
    socket.resume()
    socket.end(Buffer.from(stream, 'latin1'))
  })
}

const headers = fc.array(
  fc.constantFrom(
    'content-length: 5',
    'Content-Length: 0',
    'content-length: 05',
    'content-length: +5',
    'content-length: 5,5',
    'content-length : 5',
    'content-length:5 ',
    ' content-length: 5',
    'transfer-encoding: chunked',
    'Transfer-Encoding: CHUNKED',
    'transfer-encoding: identity',
    'transfer-encoding: chunked, chunked',
    'transfer-encoding: gzip, chunked',
    'transfer-encoding:\tchunked',
    'transfer-encoding: \x0bchunked',
    'x-a: 1\ncontent-length: 5',
    'x-a: 1\rcontent-length: 5',
    'x-a: 1\r\n\tfolded',
    'x-a: \x00',
    'x-a: plain',
    'x a: 1',
    ': none',
  ),
  { maxLength: 3 },
)

const bodies = fc.constantFrom(
  '',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a=b\r\nhello\r\n0\r\n\r\n',
  '05\r\nhello\r\n0\r\nx-t: 1\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  '5\r\nhello0\r\n\r\n',
  '-1\r\nhello\r\n0\r\n\r\n',
  '0\r\n\r\n',
)

const message = fc
  .tuple(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), headers, bodies)
  .map(([method, lines, body]) => `${method} /m HTTP/1.1\r\n${['host: x', ...lines].join('\r\n')}\r\n\r\n${body}`)

const marker = 'GET /marker HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

describe('where messages end', () => {
  it('is told as Node’s strict parser tells it, or the stream is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 2 }), async messages => {
        const stream = messages.join('') + marker
        const mine = ours(stream)
        const node = await theirs(stream)
        // Node may read what we refuse; what we read, it reads, and to the same end.
        expect(node.slice(0, mine.framed.length)).toEqual(mine.framed)
        if (!mine.refused) expect(node.length).toBeLessThanOrEqual(mine.framed.length)
      }),
      { numRuns: 400, seed: 17 },
    )
  })

  it('is found at all: a stream of plain messages is read whole by both', async () => {
    const stream =
      'POST /1 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello' +
      'POST /2 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx-t: 1\r\n\r\n' +
      marker
    const framed = [
      { target: '/1', body: 'hello' },
      { target: '/2', body: 'hello' },
      { target: '/marker', body: '' },
    ]
    expect(ours(stream)).toEqual({ framed, refused: false })
    expect(await theirs(stream)).toEqual(framed)
  })
})

const valid =
  'POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello' +
  'PUT /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3;q\r\nabc\r\n0\r\nx-t: 1\r\n\r\n'

type Edit = ['drop' | 'double' | 'swap' | 'set', number, number]

function edited(text: string, edits: readonly Edit[]): string {
  let now = text
  for (const [kind, place, byte] of edits) {
    const at = place % (now.length + 1)
    const before = now.slice(0, at)
    const here = now.slice(at, at + 1)
    const after = now.slice(at + 1)
    if (kind === 'drop') now = before + after
    else if (kind === 'double') now = before + here + here + after
    else if (kind === 'swap') now = before + after.slice(0, 1) + here + after.slice(1)
    else now = before + String.fromCharCode(byte) + after
  }
  return now
}

describe('valid messages with flaws put in', () => {
  const edits = fc.array(
    fc.tuple(fc.constantFrom('drop', 'double', 'swap', 'set'), fc.nat(400), fc.nat(255)) as fc.Arbitrary<Edit>,
    { minLength: 1, maxLength: 4 },
  )

  it('are read or refused, never anything else, and never more messages than were sent', () => {
    fc.assert(
      fc.property(edits, some => {
        expect(ours(edited(valid, some)).framed.length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 3_000, seed: 19 },
    )
  })

  it('agree with Node where both read them', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async some => {
        const stream = edited(valid, some)
        const mine = ours(stream)
        const node = await theirs(stream)
        for (const [index, framed] of mine.framed.entries()) if (node[index]) expect(framed).toEqual(node[index])
      }),
      { numRuns: 300, seed: 23 },
    )
  })
})
