// The padding of frames, which hides how long their content is.
import type { Frame } from './frame-reader.ts'
import { ConnectionError, errorCodes, flags } from './protocol.ts'

/** A frame's content without its padding. Throws `ConnectionError` for more padding than frame. */
export function unpadded({ flags: set, payload }: Frame): Buffer {
  if (!(set & flags.padded)) return payload
  const padding = payload[0] ?? 0
  if (padding >= payload.length) throw new ConnectionError(errorCodes.protocolError, 'more padding than frame')
  return payload.subarray(1, payload.length - padding)
}
