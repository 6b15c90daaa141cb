import { describe, expect, it } from 'vitest'
import { acknowledgesSettings, lastStreamOf, openedBy, pingedWith, resetCodeOf } from './control-frames.ts'
import type { Frame } from './frame-reader.ts'
import { ConnectionError, errorCodes, flags } from './protocol.ts'
import { ReceiveWindow } from './receive-window.ts'

const frame = (payload: number[] | string, more: Partial<Frame> = {}): Frame => ({
  ...{
    type: 0,
    flags: 0,
    stream: 0,
    payload: typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload),
  },
  ...more,
})
const ack = { flags: flags.ack }

/** The code of the error that ends the connection. */
function codeOf(action: () => unknown): number | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof ConnectionError) return error.code
    throw error
  }
  return undefined
}

describe('a frame that carries no message', () => {
  it('says why a stream is reset', () =>
    expect(resetCodeOf(frame([0, 0, 0, 8], { stream: 1 }))).toBe(errorCodes.cancel))

  it('brings settings, or acknowledges them', () => {
    expect(acknowledgesSettings(frame([0, 4, 0, 0, 0, 1]))).toBe(false)
    expect(acknowledgesSettings(frame([], ack))).toBe(true)
  })

  it('wants its ping back, and nothing where it is an answer', () => {
    expect(pingedWith(frame('12345678'))?.toString()).toBe('12345678')
    expect(pingedWith(frame('12345678', ack))).toBeUndefined()
  })

  it('names the last stream looked at and the bytes of a window without the reserved bit', () => {
    expect(lastStreamOf(frame([0x80, 0, 0, 5, 0, 0, 0, 0, 1]))).toBe(5)
    expect(openedBy(frame([0x80, 0, 1, 0]))).toBe(256)
  })

  const size = errorCodes.frameSizeError
  it.each([
    ['a reset of three bytes', () => resetCodeOf(frame([0, 0, 0])), size],
    ['a reset of five bytes', () => resetCodeOf(frame([0, 0, 0, 0, 0])), size],
    ['settings of a stream', () => acknowledgesSettings(frame([], { stream: 1 })), errorCodes.protocolError],
    ['an acknowledgement with settings', () => acknowledgesSettings(frame([0, 4, 0, 0, 0, 1], ack)), size],
    ['a ping of a stream', () => pingedWith(frame('12345678', { stream: 1 })), errorCodes.protocolError],
    ['a ping of seven bytes', () => pingedWith(frame('1234567')), size],
    ['an answer of nine bytes', () => pingedWith(frame('123456789', ack)), size],
    ['a goodbye of seven bytes', () => lastStreamOf(frame('1234567')), size],
    ['a window of three bytes', () => openedBy(frame([0, 0, 1])), size],
  ])('ends the connection as %s', (_, action, code) => expect(codeOf(action)).toBe(code))
})

describe('the window of a connection', () => {
  it('opens again once half of it is taken, by all that was', () => {
    const window = new ReceiveWindow(100)
    expect([30, 20, 1, 49, 2].map(bytes => window.take(bytes))).toEqual([0, 0, 51, 0, 51])
  })

  it('is never overrun', () => {
    expect(new ReceiveWindow(100).take(100)).toBe(100)
    expect(codeOf(() => new ReceiveWindow(100).take(101))).toBe(errorCodes.flowControlError)
  })

  it('takes frames without data for nothing', () => expect(new ReceiveWindow(100).take(0)).toBe(0))
})
