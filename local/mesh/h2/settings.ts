// What each side of a connection asks of the other (RFC 9113 section 6.5).
import { ConnectionError, defaultWindow, errorCodes, largestFrame, largestWindow, settingIds } from './protocol.ts'

export interface PeerSettings {
  headerTableSize: number
  maxConcurrentStreams: number
  initialWindowSize: number
  maxFrameSize: number
}

export const peerDefaults: PeerSettings = {
  headerTableSize: 4_096,
  maxConcurrentStreams: Number.POSITIVE_INFINITY,
  initialWindowSize: defaultWindow,
  maxFrameSize: largestFrame,
}

/** Throws `ConnectionError` for values no peer may ask for. Unknown ones are passed over. */
export function readSettings(payload: Buffer, before: PeerSettings): PeerSettings {
  if (payload.length % 6 !== 0) throw new ConnectionError(errorCodes.frameSizeError, 'settings in pieces')
  const after = { ...before }
  for (let at = 0; at < payload.length; at += 6) setOne(after, payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
  return after
}

function setOne(settings: PeerSettings, id: number, value: number): void {
  switch (id) {
    case settingIds.headerTableSize:
      settings.headerTableSize = value
      return
    case settingIds.enablePush:
      if (value > 1) throw new ConnectionError(errorCodes.protocolError, 'push is on or off')
      return
    case settingIds.maxConcurrentStreams:
      settings.maxConcurrentStreams = value
      return
    case settingIds.initialWindowSize:
      if (value > largestWindow) throw new ConnectionError(errorCodes.flowControlError, 'a window too large')
      settings.initialWindowSize = value
      return
    case settingIds.maxFrameSize:
      if (value < largestFrame || value >= 2 ** 24) {
        throw new ConnectionError(errorCodes.protocolError, 'a frame size out of range')
      }
      settings.maxFrameSize = value
  }
}

export function writeSettings(settings: ReadonlyMap<number, number>): Buffer {
  const payload = Buffer.allocUnsafe(6 * settings.size)
  let at = 0
  for (const [id, value] of settings) {
    payload.writeUInt16BE(id, at)
    payload.writeUInt32BE(value, at + 2)
    at += 6
  }
  return payload
}
