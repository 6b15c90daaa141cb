// SPDY/3.1, server side, as far as remote commands of older clients need it: streams the client opens, and their data.

import type { Duplex } from 'node:stream'
import { createInflate, type Inflate } from 'node:zlib'
import { headerDictionary, uint32 } from './spdy-dictionary.ts'

export interface SpdyStream {
  readonly id: number
  /** Header names in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

export interface SpdyEvents {
  /** The client opened a stream; it is answered already. */
  opened(stream: SpdyStream): void
  data(id: number, content: Buffer): void
  /** The client will send no more on a stream. */
  ended(id: number): void
}

export interface SpdySession {
  /** Sends on a stream; false when the client reads slower than that. */
  send(id: number, content: Buffer, last?: boolean): boolean
  /** Ends the connection once everything was sent. */
  close(): void
}

const types = { synStream: 1, synReply: 2, ping: 6 } as const
const finFlag = 1
const version = 3
const headBytes = 8
/** More than any client sends at once; a longer frame ends the connection. */
const longestFrame = 1024 * 1024

/** Speaks SPDY on a connection on which both sides agreed to it. */
export function spdySession(socket: Duplex, head: Buffer, events: SpdyEvents): SpdySession {
  const inflate = createInflate({ dictionary: headerDictionary })
  inflate.on('error', () => socket.destroy())
  const reply = emptyHeaders()
  const take = async (frame: Buffer) => {
    const flags = frame[4] ?? 0
    const body = frame.subarray(headBytes)
    const id = (isControl(frame) ? body : frame).readUInt32BE(0) & 0x7fffffff
    if (!isControl(frame)) events.data(id, body)
    else if (frame.readUInt16BE(2) === types.ping) socket.write(frame)
    else if (frame.readUInt16BE(2) === types.synStream) {
      const headers = readHeaders(await inflated(inflate, body.subarray(10)))
      socket.write(control(types.synReply, Buffer.concat([uint32(id), reply()])))
      events.opened({ id, headers })
    } else return
    if ((flags & finFlag) !== 0) events.ended(id)
  }
  void consume(socket, head, take).finally(() => inflate.close())
  return {
    send: (id, content, last = false) =>
      !socket.writable ||
      socket.write(Buffer.concat([uint32(id), uint32(((last ? finFlag : 0) << 24) | content.length), content])),
    close: () => void socket.end(),
  }
}

/** Hands over frame after frame until the connection ends or breaks the protocol. */
async function consume(socket: Duplex, head: Buffer, take: (frame: Buffer) => Promise<void>): Promise<void> {
  let waiting = head
  const chunks = socket[Symbol.asyncIterator]()
  try {
    for (;;) {
      for (let frame = nextFrame(waiting); frame; frame = nextFrame(waiting)) {
        waiting = waiting.subarray(frame.length)
        await take(frame)
      }
      const { done, value } = await chunks.next()
      if (done) return
      waiting = Buffer.concat([waiting, value as Buffer])
    }
  } catch {
    socket.destroy()
  }
}

function nextFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < headBytes) return undefined
  const length = bytes.readUInt32BE(4) & 0xffffff
  if (length > longestFrame) throw new Error('frame too long')
  if (isControl(bytes) && (bytes.readUInt16BE(0) & 0x7fff) !== version) throw new Error('not SPDY/3')
  return bytes.length < headBytes + length ? undefined : bytes.subarray(0, headBytes + length)
}

function isControl(frame: Buffer): boolean {
  return ((frame[0] ?? 0) & 0x80) !== 0
}

function control(type: number, body: Buffer): Buffer {
  return Buffer.concat([uint32(((0x8000 | version) << 16) | type), uint32(body.length), body])
}

/** All header blocks of a connection are one compressed stream: each is given out before the next comes in. */
function inflated(inflate: Inflate, block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    inflate.write(block, error => {
      if (error) reject(error)
      else resolve((inflate.read() as Buffer | null) ?? Buffer.alloc(0))
    })
  })
}

/** Names and values: a count, then each text with its length before it. */
function readHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 4
  const text = () => {
    const start = at + 4
    at = start + block.readUInt32BE(at)
    return block.toString('latin1', start, at)
  }
  for (let left = block.readUInt32BE(0); left > 0; left--) headers.set(text().toLowerCase(), text())
  return headers
}

/**
 * Answers carry no headers: a zlib stream begun once, then an empty list each time, stored as it is (RFC 1950, 1951). The
 * empty block behind it makes readers give out what they have, as a flush does.
 */
function emptyHeaders(): () => Buffer {
  const list = Buffer.concat([storedBlock(uint32(0)), storedBlock(Buffer.alloc(0))])
  let begun = false
  return () => {
    const block = begun ? list : Buffer.concat([Buffer.of(0x78, 0x01), list])
    begun = true
    return block
  }
}

function storedBlock(content: Buffer): Buffer {
  const { length } = content
  return Buffer.concat([Buffer.of(0, length, 0, ~length & 0xff, 0xff), content])
}
