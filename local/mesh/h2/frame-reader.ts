// Cuts the bytes of a connection into frames, whatever pieces they come in.
import { ConnectionError, errorCodes, frameHeaderBytes, largestFrame } from './protocol.ts'

export interface Frame {
  type: number
  flags: number
  stream: number
  /** A view of what was read: gone with the turn. */
  payload: Buffer
}

const nothing = Buffer.alloc(0)

export class FrameReader {
  #rest: Buffer = nothing

  /** Calls `take` for each whole frame. Throws `ConnectionError` for a frame that is too large. */
  feed(data: Buffer, take: (frame: Frame) => void): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data
    let at = 0
    while (bytes.length - at >= frameHeaderBytes) {
      const length = bytes.readUIntBE(at, 3)
      if (length > largestFrame) throw new ConnectionError(errorCodes.frameSizeError, `a frame of ${length} bytes`)
      const end = at + frameHeaderBytes + length
      if (end > bytes.length) break
      const payload = bytes.subarray(at + frameHeaderBytes, end)
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff
      take({ type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, stream, payload })
      at = end
    }
    this.#rest = at === bytes.length ? nothing : bytes.subarray(at)
  }
}

/** The 9 bytes before a payload. */
export function frameHeader(length: number, type: number, flags: number, stream: number): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes)
  header.writeUIntBE(length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return header
}

export function wholeFrame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  return Buffer.concat([frameHeader(payload.length, type, flags, stream), payload])
}
