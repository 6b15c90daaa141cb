// The numbers of HTTP/2 (RFC 9113 sections 6 and 7), and the errors a peer is told of.

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const flags = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const

export const frameHeaderBytes = 9
/** The largest payload a peer may send: what every peer must take, and we ask for no more. */
export const largestFrame = 16_384
export const largestWindow = 2 ** 31 - 1
export const defaultWindow = 65_535

/** The connection cannot go on: GOAWAY with this code, then the end. */
export class ConnectionError extends Error {
  readonly code: number

  constructor(code: number, why: string) {
    super(why)
    this.name = 'ConnectionError'
    this.code = code
  }
}

/** One stream cannot go on: RST_STREAM with this code. */
export class StreamError extends Error {
  readonly code: number

  constructor(code: number, why: string) {
    super(why)
    this.name = 'StreamError'
    this.code = code
  }
}
