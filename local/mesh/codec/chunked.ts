// Decodes a chunked body byte by byte where lines are, and by slices where data is.
import { type HeaderList, mostHeadBytes, parseTrailers } from './head.ts'
import { MalformedMessage } from './malformed.ts'

const states = { size: 0, extension: 1, sizeEnd: 2, data: 3, dataEnd: 4, dataEndLf: 5, trailers: 6 } as const
type State = (typeof states)[keyof typeof states]

const cr = 13
const lf = 10
const semicolon = 59
const longestExtension = 1_024
// 2^48 bytes: far above any body, far below where numbers lose precision.
const mostSizeDigits = 12

export class ChunkedDecoder {
  /** Set once the body has ended. */
  trailers: HeaderList | undefined
  #state: State = states.size
  #size = 0
  #digits = 0
  #extension = 0
  #trailerText = ''

  /** Consumes from `offset`, giving data to `onData`; returns where it stopped. Throws `MalformedMessage`. */
  decode(bytes: Buffer, offset: number, onData: { onBody(data: Buffer): void }): number {
    let at = offset
    while (at < bytes.length && !this.trailers) {
      if (this.#state === states.data) {
        const end = Math.min(bytes.length, at + this.#size)
        onData.onBody(bytes.subarray(at, end))
        this.#size -= end - at
        at = end
        if (this.#size === 0) this.#state = states.dataEnd
      } else {
        this.#line(bytes[at] ?? 0)
        at++
      }
    }
    return at
  }

  #line(byte: number): void {
    switch (this.#state) {
      case states.size:
        this.#sizeByte(byte)
        return
      case states.extension:
        this.#extensionByte(byte)
        return
      case states.sizeEnd:
        this.#expect(byte, lf)
        this.#digits = 0
        this.#extension = 0
        this.#state = this.#size > 0 ? states.data : states.trailers
        return
      case states.dataEnd:
        this.#expect(byte, cr)
        this.#state = states.dataEndLf
        return
      case states.dataEndLf:
        this.#expect(byte, lf)
        this.#state = states.size
        return
      default:
        this.#trailerByte(byte)
    }
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      if (++this.#digits > mostSizeDigits) throw new MalformedMessage('chunk_size_too_long')
      this.#size = this.#size * 16 + digit
      return
    }
    if (this.#digits === 0) throw new MalformedMessage('bad_chunk_size')
    if (byte === semicolon) this.#state = states.extension
    else {
      this.#expect(byte, cr)
      this.#state = states.sizeEnd
    }
  }

  #extensionByte(byte: number): void {
    if (byte === cr) this.#state = states.sizeEnd
    else if (byte < 32 && byte !== 9) throw new MalformedMessage('bad_chunk_extension')
    else if (++this.#extension > longestExtension) throw new MalformedMessage('chunk_extension_too_long')
  }

  #trailerByte(byte: number): void {
    this.#trailerText += String.fromCharCode(byte)
    const text = this.#trailerText
    if (text.length > mostHeadBytes) throw new MalformedMessage('trailers_too_long', 431)
    if (byte !== lf) return
    if (text === '\r\n') this.trailers = []
    else if (text.endsWith('\r\n\r\n')) this.trailers = parseTrailers(text.slice(0, -4))
    else if (!text.endsWith('\r\n')) throw new MalformedMessage('stray_byte_in_trailers')
  }

  #expect(byte: number, wanted: number): void {
    if (byte !== wanted) throw new MalformedMessage('bad_chunk_line')
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
