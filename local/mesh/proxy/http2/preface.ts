// Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a connection.
import { preface } from '../../h2/protocol.ts'

/** As much of the preface as Envoy looks at: no request of HTTP/1.1 begins so. */
const telling = Buffer.from(preface.slice(0, 'PRI * HTTP/2'.length))
const capitalP = 80

/** Undefined while there is too little to tell. */
export function beginsHttp2(bytes: Buffer): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== capitalP) return false
  const seen = bytes.subarray(0, telling.length)
  if (!seen.equals(telling.subarray(0, seen.length))) return false
  return seen.length === telling.length ? true : undefined
}
