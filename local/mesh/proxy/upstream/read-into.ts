// Reads a socket into one buffer that all share: a small piece is copied out of it, a large one takes it along.
import type { OnReadOpts } from 'node:net'

const bufferBytes = 64 * 1024
/** From here on a buffer of its own costs less than the copy. */
const largePiece = 16 * 1024

let shared: Buffer | undefined

/** Options of `connect` that spare a stream, and an allocation, for every read. The pieces are the receiver's to keep. */
export function readInto(onData: (data: Buffer) => void): OnReadOpts {
  return {
    buffer() {
      shared ??= Buffer.allocUnsafeSlow(bufferBytes)
      return shared
    },
    callback(length, buffer) {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length)
      if (length >= largePiece) shared = undefined
      onData(length >= largePiece ? bytes : Buffer.from(bytes))
      return true
    },
  }
}
