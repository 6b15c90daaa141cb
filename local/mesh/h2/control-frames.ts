// What frames that carry no message say, and which of them nobody may send (RFC 9113 section 6).
import type { Frame } from './frame-reader.ts'
import { ConnectionError, errorCodes, flags } from './protocol.ts'

/** The code of a RST_STREAM. Throws `ConnectionError`. */
export function resetCodeOf({ payload }: Frame): number {
  if (payload.length !== 4) throw new ConnectionError(errorCodes.frameSizeError, 'a reset of another size')
  return payload.readUInt32BE(0)
}

/** True for the acknowledgement of settings, false for settings. Throws `ConnectionError`. */
export function acknowledgesSettings({ stream, flags: set, payload }: Frame): boolean {
  if (stream !== 0) throw new ConnectionError(errorCodes.protocolError, 'settings of a stream')
  if ((set & flags.ack) === 0) return false
  if (payload.length > 0) throw new ConnectionError(errorCodes.frameSizeError, 'an acknowledgement with settings')
  return true
}

/** What a ping wants back; undefined for the answer to one. Throws `ConnectionError`. */
export function pingedWith({ stream, flags: set, payload }: Frame): Buffer | undefined {
  if (stream !== 0) throw new ConnectionError(errorCodes.protocolError, 'a ping of a stream')
  if (payload.length !== 8) throw new ConnectionError(errorCodes.frameSizeError, 'a ping of another size')
  return set & flags.ack ? undefined : payload
}

/** The last stream that whoever says goodbye has looked at. Throws `ConnectionError`. */
export function lastStreamOf({ payload }: Frame): number {
  if (payload.length < 8) throw new ConnectionError(errorCodes.frameSizeError, 'a goodbye cut short')
  return payload.readUInt32BE(0) & 0x7fffffff
}

/** By how many bytes a window opens; 0 is an error of whichever it is. Throws `ConnectionError`. */
export function openedBy({ payload }: Frame): number {
  if (payload.length !== 4) throw new ConnectionError(errorCodes.frameSizeError, 'a window of another size')
  return payload.readUInt32BE(0) & 0x7fffffff
}
