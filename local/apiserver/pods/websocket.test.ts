// WebSocket frames as clients send them, in whatever pieces they arrive.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageReader } from './websocket.ts'

const opcodes = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 }

/** A frame as a client masks it. */
function frame(opcode: number, payload: Buffer, final = true): Buffer {
  const mask = Buffer.from([1, 2, 3, 4])
  const { length } = payload
  const size = length < 126 ? Buffer.of(length | 0x80) : Buffer.of(254, length >> 8, length & 255)
  const long = Buffer.concat([Buffer.of(255), Buffer.alloc(8)])
  if (length > 65_535) long.writeBigUInt64BE(BigInt(length), 1)
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
  return Buffer.concat([Buffer.of((final ? 0x80 : 0) | opcode), length > 65_535 ? long : size, mask, masked])
}

function reading() {
  const seen = { messages: [] as string[], pings: [] as string[], codes: [] as number[] }
  const read = messageReader({
    message: message => seen.messages.push(message.toString('latin1')),
    ping: payload => seen.pings.push(payload.toString()),
    close: code => seen.codes.push(code),
  })
  return { seen, read }
}

describe('frames', () => {
  it('come out as the messages that went in, however the bytes are cut', () => {
    const texts = fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (messages, cuts) => {
        const { seen, read } = reading()
        const bytes = Buffer.concat(messages.map(one => frame(opcodes.binary, Buffer.from(one, 'latin1'))))
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1)
          read(bytes.subarray(at, end))
          at = end
        }
        return (
          JSON.stringify(seen.messages) ===
          JSON.stringify(messages.map(one => Buffer.from(one, 'latin1').toString('latin1')))
        )
      }),
    )
  })

  it.each([125, 126, 65_535, 65_536, 200_000])('carry %i bytes', length => {
    const { seen, read } = reading()
    read(frame(opcodes.binary, Buffer.alloc(length, 'x')))
    expect(seen.messages[0]).toHaveLength(length)
  })

  it('in parts make one message, with a ping in between', () => {
    const { seen, read } = reading()
    read(frame(opcodes.binary, Buffer.from('one '), false))
    read(frame(opcodes.ping, Buffer.from('there?')))
    read(frame(opcodes.continuation, Buffer.from('message')))
    expect(seen).toEqual({ messages: ['one message'], pings: ['there?'], codes: [] })
  })

  it.each([
    ['goodbye with a code', frame(opcodes.close, Buffer.of(0x03, 0xe9)), 1001],
    ['goodbye without one', frame(opcodes.close, Buffer.alloc(0)), 1000],
    ['a frame that is not masked', Buffer.of(0x82, 0x01, 0x78), 1002],
    ['a reserved bit', Buffer.of(0xc2, 0x81, 1, 2, 3, 4, 5), 1002],
    ['a message of gigabytes', Buffer.concat([Buffer.of(0x82, 0xff, 0, 0, 0, 9), Buffer.alloc(8)]), 1009],
  ])('%s ends the connection', (_, bytes, code) => {
    const { seen, read } = reading()
    read(bytes)
    expect(seen).toEqual({ messages: [], pings: [], codes: [code] })
  })

  it('that add up to more than a message may be end the connection', () => {
    const { seen, read } = reading()
    const part = frame(opcodes.binary, Buffer.alloc(3 * 1024 * 1024), false)
    read(part)
    read(frame(opcodes.continuation, Buffer.alloc(3 * 1024 * 1024), false))
    expect(seen.codes).toEqual([1009])
  })
})
