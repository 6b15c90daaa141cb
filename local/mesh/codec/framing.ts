// Where a body ends: by length, by chunks, by the end of the connection, or at once (RFC 9112 section 6).
import type { Head, RequestHead, ResponseHead } from './head.ts'
import { MalformedMessage } from './malformed.ts'

/** A length in bytes (0 and up), or one of `framings`. */
export type Framing = number

export const framings = {
  chunked: -1,
  untilClose: -2,
  /** A 1xx answer: no body, and the answer itself is still to come. */
  interim: -3,
  /** The connection leaves HTTP behind: what follows is not ours to read. */
  tunnel: -4,
} as const

/** Throws `MalformedMessage` for the shapes request smuggling is made of. */
export function requestFraming(head: RequestHead): Framing {
  if (head.transferEncoding === '') return Math.max(0, head.contentLength)
  requireChunkedAlone(head)
  return framings.chunked
}

/** `method` is that of the request answered. Throws `MalformedMessage`. */
export function responseFraming(head: ResponseHead, method: string): Framing {
  const { status } = head
  if (status === 101) return framings.tunnel
  if (status < 200) return framings.interim
  if (method === 'CONNECT' && status < 300) return framings.tunnel
  if (method === 'HEAD' || status === 204 || status === 304) return 0
  if (head.transferEncoding !== '') {
    requireChunkedAlone(head)
    return framings.chunked
  }
  return head.contentLength >= 0 ? head.contentLength : framings.untilClose
}

function requireChunkedAlone(head: Head): void {
  if (head.contentLength >= 0) throw new MalformedMessage('length_and_chunked')
  if (head.transferEncoding !== 'chunked') throw new MalformedMessage('unknown_transfer_encoding')
}

/** True when the list `connection` (lower case) names `option`. */
export function namesOption(connection: string, option: string): boolean {
  if (connection === '' || !connection.includes(option)) return false
  return connection === option || connection.split(',').some(one => one.trim() === option)
}

/** True when the connection may carry another message after this one. */
export function keepsAlive(head: ResponseHead): boolean {
  return head.minorVersion === 1
    ? !namesOption(head.connection, 'close')
    : namesOption(head.connection, 'keep-alive') && !namesOption(head.connection, 'close')
}
