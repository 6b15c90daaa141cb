// WebSocket (RFC 6455), server side, as far as remote commands need it: binary messages, pings, an orderly close.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export interface WebSocketConnection {
  /** The subprotocol agreed upon. */
  readonly protocol: string
  /** Sends a binary message; false when the client reads slower than that. */
  send(message: Buffer): boolean
  onMessage(listener: (message: Buffer) => void): void
  /** Calls back once, when the connection is over for whatever reason. */
  onClose(listener: () => void): void
  onDrain(listener: () => void): void
  /** Stops and resumes reading from the client. */
  pause(): void
  resume(): void
  /** Says goodbye with a code of section 7.4. */
  close(code: number): void
}

const acceptKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
/** Clients send their input in pieces of 32 KiB. */
const longestMessage = 4 * 1024 * 1024
const codes = { protocolError: 1002, tooBig: 1009 } as const

/** Answers the handshake; undefined, and nothing sent, when the request is none or speaks none of `protocols`. */
export function acceptWebSocket(
  { headers }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): WebSocketConnection | undefined {
  const key = headers['sec-websocket-key']
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map(one => one.trim())
  const protocol = protocols.find(one => offered.includes(one))
  if (!key || headers['sec-websocket-version'] !== '13' || protocol === undefined) return undefined
  const accept = createHash('sha1').update(`${key}${acceptKey}`).digest('base64')
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`]
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  )
  return connection(socket, head, protocol)
}

function connection(socket: Duplex, head: Buffer, protocol: string): WebSocketConnection {
  const messages: ((message: Buffer) => void)[] = []
  const read = messageReader({
    message: message => {
      for (const listener of messages) listener(message)
    },
    ping: payload => socket.write(frame(opcodes.pong, payload)),
    close: code => end(code),
  })
  let ended = false
  const end = (code: number) => {
    if (ended) return
    ended = true
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    socket.end(frame(opcodes.close, payload))
    // The client's own goodbye is all that may follow.
    socket.resume()
  }
  socket.on('data', chunk => !ended && read(chunk))
  socket.on('error', () => socket.destroy())
  if (head.length > 0) queueMicrotask(() => read(head))
  return {
    protocol,
    send: message => ended || socket.write(frame(opcodes.binary, message)),
    onMessage: listener => void messages.push(listener),
    onClose: listener => void socket.once('close', listener),
    onDrain: listener => void socket.on('drain', listener),
    pause: () => void (ended || socket.pause()),
    resume: () => void socket.resume(),
    close: end,
  }
}

/** A frame from the server: never masked, never in parts. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  if (length < 126) head[1] = length
  else if (length < 65_536) {
    head[1] = 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}

interface Receiver {
  message(message: Buffer): void
  ping(payload: Buffer): void
  close(code: number): void
}

interface Frame {
  final: boolean
  opcode: number
  payload: Buffer
}

/** Puts frames together from bytes as they come, and messages from frames. */
export function messageReader(receiver: Receiver): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0)
  let parts: Buffer[] = []
  const take = ({ final, opcode, payload }: Frame) => {
    if (opcode === opcodes.close) return receiver.close(payload.length >= 2 ? payload.readUInt16BE() : 1000)
    if (opcode === opcodes.ping) return receiver.ping(payload)
    if (opcode === opcodes.pong) return
    parts.push(payload)
    if (parts.reduce((sum, one) => sum + one.length, 0) > longestMessage) return receiver.close(codes.tooBig)
    if (!final) return
    const message = Buffer.concat(parts)
    parts = []
    receiver.message(message)
  }
  return chunk => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    for (;;) {
      const next = nextFrame(waiting)
      if (next === undefined) return
      if ('code' in next) {
        waiting = Buffer.alloc(0)
        return receiver.close(next.code)
      }
      waiting = waiting.subarray(next.length)
      take(next.frame)
    }
  }
}

/** The first frame of the bytes and its length; undefined when it is not whole, a code when it is none. */
function nextFrame(bytes: Buffer): { frame: Frame; length: number } | { code: number } | undefined {
  const [first = 0, second = 0] = bytes
  if (bytes.length < 2) return undefined
  // Reserved bits need an extension, and a client must mask (sections 5.1 and 5.2).
  if ((first & 0x70) !== 0 || (second & 0x80) === 0) return { code: codes.protocolError }
  const short = second & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const start = 2 + lengthBytes + 4
  if (bytes.length < start) return undefined
  const size = lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (size > longestMessage) return { code: codes.tooBig }
  if (bytes.length < start + size) return undefined
  const payload = unmasked(bytes.subarray(start, start + size), bytes.subarray(start - 4, start))
  return { frame: { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload }, length: start + size }
}

function unmasked(payload: Buffer, mask: Buffer): Buffer {
  const plain = Buffer.alloc(payload.length)
  for (let index = 0; index < payload.length; index++) plain[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0)
  return plain
}
