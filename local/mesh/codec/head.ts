// Parses the head of a message: the first line and the header lines, from one string, each looked at once.
import { MalformedMessage } from './malformed.ts'
import { fieldName, isMethod, type Role, roles } from './tokens.ts'

/** `[name, value, name, value, …]`: names in lower case, order and repeated lines kept, values trimmed. */
export type HeaderList = string[]

/** What both kinds of head say about framing and connection; `''` and −1 where nothing is said. */
export interface Head {
  headers: HeaderList
  /** As received; undefined when missing. */
  host: string | undefined
  contentLength: number
  transferEncoding: string
  connection: string
  upgrade: string
  contentType: string
}

export interface RequestHead extends Head {
  method: string
  target: string
}

export interface ResponseHead extends Head {
  status: number
  reason: string
  /** HTTP/1.0 answers end their connection unless they say otherwise. */
  minorVersion: number
}

/** Envoy's limits (max_request_headers_kb, max_headers_count). */
export const mostHeadBytes = 60 * 1024
const mostHeaderLines = 100

// Control characters, a line feed alone and a carriage return alone have no place in a head.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const strayByte = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|(?:^|[^\r])\n|\r[^\n]/

/** Refuses bytes that cannot be part of any head, so that garbage is answered before its head is complete. */
export function refuseStrayBytes(text: string): void {
  if (strayByte.test(text)) throw new MalformedMessage('stray_byte_in_head')
}

/** `text` is the head without the empty line that ends it. Throws `MalformedMessage`. */
export function parseRequestHead(text: string): RequestHead {
  refuseStrayBytes(text)
  const lineEnd = endOfLine(text, 0)
  const methodEnd = text.indexOf(' ')
  const targetEnd = text.indexOf(' ', methodEnd + 1)
  if (methodEnd <= 0 || targetEnd <= methodEnd + 1 || targetEnd > lineEnd)
    throw new MalformedMessage('bad_request_line')
  const method = text.slice(0, methodEnd)
  if (!isMethod(method)) throw new MalformedMessage('unknown_method')
  requireHttp11(text, targetEnd + 1, lineEnd)
  const head: RequestHead = {
    method,
    target: text.slice(methodEnd + 1, targetEnd),
    headers: [],
    host: undefined,
    contentLength: -1,
    transferEncoding: '',
    connection: '',
    upgrade: '',
    contentType: '',
  }
  parseHeaderLines(text, lineEnd + 2, head)
  return head
}

/** `text` is the head without the empty line that ends it. Throws `MalformedMessage`. */
export function parseResponseHead(text: string): ResponseHead {
  refuseStrayBytes(text)
  const lineEnd = endOfLine(text, 0)
  const status = Number(text.slice(9, 12))
  const minorVersion = text.charCodeAt(7) - 48
  const wellFormed =
    text.startsWith('HTTP/1.') &&
    (minorVersion === 0 || minorVersion === 1) &&
    text.charCodeAt(8) === space &&
    Number.isInteger(status) &&
    status >= 100 &&
    (lineEnd === 12 || text.charCodeAt(12) === space)
  if (!wellFormed) throw new MalformedMessage('bad_status_line')
  const head: ResponseHead = {
    status,
    reason: text.slice(13, Math.max(13, lineEnd)),
    minorVersion,
    headers: [],
    host: undefined,
    contentLength: -1,
    transferEncoding: '',
    connection: '',
    upgrade: '',
    contentType: '',
  }
  parseHeaderLines(text, lineEnd + 2, head)
  return head
}

const space = 32
const tab = 9

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from)
  return end < 0 ? text.length : end
}

function requireHttp11(text: string, from: number, to: number): void {
  if (to - from === 8 && text.startsWith('HTTP/1.1', from)) return
  if (text.slice(from, to) === 'HTTP/1.0') throw new MalformedMessage('http_1_0', 426)
  throw new MalformedMessage('bad_version')
}

/** Reads header lines from `from` to the end of `text` into `head`. A folded line begins with a space: no token. */
export function parseHeaderLines(text: string, from: number, head: Head): void {
  const { headers } = head
  for (let start = from; start < text.length; ) {
    const end = endOfLine(text, start)
    const colon = text.indexOf(':', start)
    if (colon < 0 || colon > end) throw new MalformedMessage('header_without_colon')
    const name = fieldName(text.slice(start, colon))
    if (!name) throw new MalformedMessage('bad_header_name')
    const value = trimmed(text, colon + 1, end)
    if (headers.length >= mostHeaderLines * 2) throw new MalformedMessage('too_many_headers', 431)
    headers.push(name.text, value)
    if (name.role !== roles.none) note(head, name.role, value)
    start = end + 2
  }
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === space || code === tab
}

function note(head: Head, role: Role, value: string): void {
  switch (role) {
    case roles.host:
      if (head.host !== undefined) throw new MalformedMessage('two_hosts')
      head.host = value
      break
    case roles.contentLength:
      // A second line is refused even when it says the same: proxies disagree on what it means.
      if (head.contentLength >= 0) throw new MalformedMessage('two_content_lengths')
      head.contentLength = parseLength(value)
      break
    case roles.transferEncoding:
      head.transferEncoding = joined(head.transferEncoding, value.toLowerCase())
      break
    case roles.connection:
      head.connection = joined(head.connection, value.toLowerCase())
      break
    case roles.upgrade:
      head.upgrade = joined(head.upgrade, value)
      break
    case roles.contentType:
      head.contentType = value
  }
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before},${value}`
}

function parseLength(value: string): number {
  const length = /^\d{1,15}$/.test(value) ? Number(value) : -1
  if (length < 0) throw new MalformedMessage('bad_content_length')
  return length
}

/** The value of the first line of that name (lower case); undefined when there is none. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return headers[index + 1]
  return undefined
}

/** The lines after the last chunk. Throws `MalformedMessage`, also for fields that may not come so late. */
export function parseTrailers(text: string): HeaderList {
  refuseStrayBytes(text)
  const head: Head = {
    headers: [],
    host: undefined,
    contentLength: -1,
    transferEncoding: '',
    connection: '',
    upgrade: '',
    contentType: '',
  }
  parseHeaderLines(text, 0, head)
  if (head.contentLength >= 0 || head.transferEncoding !== '' || head.host !== undefined) {
    throw new MalformedMessage('framing_in_trailers')
  }
  return head.headers
}
