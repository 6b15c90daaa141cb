// Which lists of headers are messages of HTTP/2 (RFC 9113 section 8).
import type { HeaderList } from '../codec/head.ts'
import { errorCodes, StreamError } from './protocol.ts'

const ofConnections = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])
// Extended CONNECT (RFC 8441) is not offered, so nobody may ask for it.
const requestFields = new Set([':method', ':scheme', ':path', ':authority'])
const responseFields = new Set([':status'])
const noFields = new Set<string>()

export function checkRequest(headers: HeaderList): void {
  const seen = check(headers, requestFields)
  const connecting = seen.get(':method') === 'CONNECT'
  const needed = connecting ? [':authority'] : [':scheme', ':path']
  if (!seen.get(':method') || needed.some(name => !seen.get(name)))
    throw malformed('a request without its pseudo headers')
}

/** The status. */
export function checkResponse(headers: HeaderList): number {
  const status = check(headers, responseFields).get(':status') ?? ''
  if (!/^[1-9]\d\d$/.test(status)) throw malformed('an answer without a status')
  return Number(status)
}

export function checkTrailers(headers: HeaderList): void {
  check(headers, noFields)
}

/** The length a message says it has; −1 where it says nothing. */
export function contentLength(headers: HeaderList): number {
  let length = -1
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== 'content-length') continue
    const value = headers[index + 1] ?? ''
    if (!/^\d{1,15}$/.test(value) || (length >= 0 && length !== Number(value))) throw malformed('a bad content-length')
    length = Number(value)
  }
  return length
}

function check(headers: HeaderList, allowed: ReadonlySet<string>): Map<string, string> {
  const seen = new Map<string, string>()
  let regular = false
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (badValue.test(value)) throw malformed('a line break in a value')
    if (name.startsWith(':')) {
      if (regular || !allowed.has(name) || seen.has(name)) throw malformed(`${name} where it has no place`)
      seen.set(name, value)
      continue
    }
    regular = true
    if (!fieldName.test(name)) throw malformed(`a name that is none: ${name}`)
    if (ofConnections.has(name) || (name === 'te' && value !== 'trailers')) throw malformed(`${name} in HTTP/2`)
  }
  return seen
}

// Capitals are no part of a name here.
const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const badValue = /[\0\r\n]/

function malformed(why: string): StreamError {
  return new StreamError(errorCodes.protocolError, why)
}
