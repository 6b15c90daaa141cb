import { describe, expect, it } from 'vitest'
import { HeaderBlocks } from './header-blocks.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import { ConnectionError, flags, frameTypes, StreamError } from './protocol.ts'

const { headers, continuation, data, ping } = frameTypes
const { endHeaders, endStream, padded, priority } = flags
const encoded = (...fields: string[]) => Buffer.from(new HpackEncoder().encode(fields))
const frame = (type: number, stream: number, set: number, payload = Buffer.alloc(0)) => ({
  type,
  stream,
  flags: set,
  payload,
})

describe('a header block', () => {
  const block = encoded('x-one', '1', 'x-two', '2')
  const message = { stream: 1, headers: ['x-one', '1', 'x-two', '2'], end: false }

  it('comes in one frame', () => {
    expect(new HeaderBlocks().begin(frame(headers, 1, endHeaders, block))).toEqual(message)
  })

  it('comes in pieces cut anywhere', () => {
    for (let at = 0; at <= block.length; at++) {
      const blocks = new HeaderBlocks()
      // The bytes of a frame are gone with the turn: the pieces are copied.
      const first = Buffer.from(block.subarray(0, at))
      expect(blocks.begin(frame(headers, 1, endStream, first))).toBeUndefined()
      first.fill(0)
      expect(blocks.more(frame(continuation, 1, 0))).toBeUndefined()
      expect(blocks.more(frame(continuation, 1, endHeaders, block.subarray(at)))).toEqual({ ...message, end: true })
    }
  })

  it('is read without padding, and without what priorities say', () => {
    const payload = Buffer.concat([Buffer.from([3]), Buffer.alloc(5, 0xff), block, Buffer.alloc(3)])
    expect(new HeaderBlocks().begin(frame(headers, 1, endHeaders | padded | priority, payload))).toEqual(message)
  })

  it('refers to what came in blocks before, of whatever stream', () => {
    const blocks = new HeaderBlocks()
    const encoder = new HpackEncoder()
    const send = (stream: number) =>
      blocks.begin(frame(headers, stream, endHeaders, Buffer.from(encoder.encode(['x-again', 'and again']))))
    expect(send(1)).toEqual({ stream: 1, headers: ['x-again', 'and again'], end: false })
    expect(send(3)).toEqual({ stream: 3, headers: ['x-again', 'and again'], end: false })
  })
})

describe('what may not be ends', () => {
  const begun = () => {
    const blocks = new HeaderBlocks()
    blocks.begin(frame(headers, 1, 0, encoded('x', '1')))
    return blocks
  }

  it.each([
    ['data of the same stream', data, 1],
    ['a ping', ping, 0],
    ['headers of another stream', headers, 3],
    ['a piece of another stream', continuation, 3],
  ])('the connection: %s between two pieces', (_, type, stream) => {
    expect(() => begun().requireOrder(frame(type, stream, 0))).toThrow(ConnectionError)
  })

  it('the connection: a piece of nothing', () => {
    expect(() => new HeaderBlocks().requireOrder(frame(continuation, 1, 0))).toThrow(ConnectionError)
  })

  it('nothing: the piece that follows, and any frame after the last one', () => {
    const blocks = begun()
    expect(() => blocks.requireOrder(frame(continuation, 1, 0))).not.toThrow()
    blocks.more(frame(continuation, 1, endHeaders))
    expect(() => blocks.requireOrder(frame(data, 1, 0))).not.toThrow()
  })

  it('the connection: headers of no stream, and more padding than frame', () => {
    expect(() => new HeaderBlocks().begin(frame(headers, 0, endHeaders))).toThrow(ConnectionError)
    expect(() => new HeaderBlocks().begin(frame(headers, 1, endHeaders | padded, Buffer.from([9, 0])))).toThrow(
      ConnectionError,
    )
  })

  it('the connection: pieces without an end, before all of them are kept', () => {
    const blocks = begun()
    const flood = () => {
      for (let piece = 0; piece < 20; piece++) blocks.more(frame(continuation, 1, 0, Buffer.alloc(16_384)))
    }
    expect(flood).toThrow('headers without an end')
  })

  it.each([
    ['more headers than may be', encoded(...Array.from({ length: 202 }, (_, index) => `x-${index}`))],
    ['longer headers than may be', encoded('x-long', 'l'.repeat(61 * 1_024))],
  ])('the stream alone: %s; the next block is read as ever', (_, block) => {
    const blocks = new HeaderBlocks()
    expect(() => blocks.begin(frame(headers, 1, endHeaders, block))).toThrow(StreamError)
    expect(blocks.begin(frame(headers, 3, endHeaders, encoded('x', '1')))?.headers).toEqual(['x', '1'])
  })
})
