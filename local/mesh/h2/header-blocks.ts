// Header blocks of one connection: they may come in pieces, nothing comes in between, and all are decoded in order.
import type { HeaderList } from '../codec/head.ts'
import type { Frame } from './frame-reader.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { unpadded } from './padding.ts'
import { ConnectionError, errorCodes, flags, frameTypes, StreamError } from './protocol.ts'

/** Envoy's limits (max_request_headers_kb, max_headers_count), and its code for what goes beyond. */
export const mostHeaderBytes = 60 * 1_024
const mostHeaders = 100
/** A header block in pieces may get so long before it is decoded. */
const longestBlock = 256 * 1_024

/** The headers of a block that is whole. */
export interface Message {
  stream: number
  headers: HeaderList
  /** Nothing follows on the stream. */
  end: boolean
}

interface Block {
  stream: number
  end: boolean
  parts: Buffer[]
  bytes: number
}

export class HeaderBlocks {
  readonly #decoder = new HpackDecoder()
  #block: Block | undefined

  /** Throws `ConnectionError` for a frame between the pieces of a block, and for a piece of none. */
  requireOrder({ type, stream }: Frame): void {
    const continues = type === frameTypes.continuation
    if (continues !== (this.#block !== undefined) || (this.#block && this.#block.stream !== stream)) {
      throw new ConnectionError(errorCodes.protocolError, 'a header block in pieces that do not follow each other')
    }
  }

  /** A HEADERS frame. Undefined when more of its block follows; throws `StreamError` for more than may be. */
  begin(frame: Frame): Message | undefined {
    if (frame.stream === 0) throw new ConnectionError(errorCodes.protocolError, 'headers of no stream')
    let payload = unpadded(frame)
    if (frame.flags & flags.priority) payload = payload.subarray(5)
    const end = (frame.flags & flags.endStream) !== 0
    return this.#grow({ stream: frame.stream, end, parts: [], bytes: 0 }, payload, frame)
  }

  /** A CONTINUATION frame; as `begin`. */
  more(frame: Frame): Message | undefined {
    return this.#block && this.#grow(this.#block, frame.payload, frame)
  }

  #grow(block: Block, payload: Buffer, frame: Frame): Message | undefined {
    block.bytes += payload.length
    if (block.bytes > longestBlock) throw new ConnectionError(errorCodes.enhanceYourCalm, 'headers without an end')
    if (!(frame.flags & flags.endHeaders)) {
      block.parts.push(Buffer.from(payload))
      this.#block = block
      return undefined
    }
    this.#block = undefined
    const whole = block.parts.length > 0 ? Buffer.concat([...block.parts, payload]) : payload
    const { headers, tooLarge } = this.#decoder.decode(whole, mostHeaderBytes)
    if (tooLarge || headers.length > 2 * mostHeaders) {
      throw new StreamError(errorCodes.internalError, 'too many headers')
    }
    return { stream: block.stream, headers, end: block.end }
  }
}
