// Heads between the two spellings: the lists of HTTP/2 with their pseudo headers, and heads as the proxy reads them.
import { type Framing, framings } from '../../codec/framing.ts'
import type { Head, HeaderList, RequestHead, ResponseHead } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'

/**
 * `host` is the authority, or the header of that name where there is none. The list was checked before: names are in
 * lower case, nothing is said of connections. Throws `MalformedMessage` for what HTTP/1.1 could not say on its first line.
 */
export function requestHeadOf(list: HeaderList): RequestHead {
  const head: RequestHead = { method: '', target: '', ...emptyHead() }
  let authority: string | undefined
  let cookies = -1
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] ?? ''
    const value = list[index + 1] ?? ''
    switch (name) {
      case ':method':
        head.method = value
        break
      case ':path':
        head.target = value
        break
      case ':authority':
        authority = value
        break
      case ':scheme':
        break
      case 'cookie':
        // Clients cut a cookie into its pairs to compress it better (RFC 9113 section 8.2.3).
        if (cookies < 0) cookies = head.headers.push(name, value) - 1
        else head.headers[cookies] += `; ${value}`
        break
      default:
        head.headers.push(name, value)
        note(head, name, value)
    }
  }
  if (authority !== undefined) head.host = authority
  if (!isToken.test(head.method) || !isTarget.test(head.target)) throw new MalformedMessage('bad_request_line')
  return head
}

const isToken = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const isTarget = /^[\x21-\x7e\x80-\xff]*$/

/** What comes behind the head: nothing, as much as it says, or data until the stream's end. */
export function framingOf(head: Head, end: boolean): Framing {
  if (end) return 0
  return head.contentLength >= 0 ? head.contentLength : framings.chunked
}

export function responseHeadOf(list: HeaderList): ResponseHead {
  const head: ResponseHead = { status: 0, reason: '', minorVersion: 1, ...emptyHead() }
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] ?? ''
    const value = list[index + 1] ?? ''
    if (name === ':status') head.status = Number(value)
    else {
      head.headers.push(name, value)
      note(head, name, value)
    }
  }
  return head
}

/** `method` is that of the request answered. */
export function responseFramingOf(head: ResponseHead, method: string, end: boolean): Framing {
  if (head.status < 200) return framings.interim
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return 0
  return framingOf(head, end)
}

function emptyHead(): Head {
  return {
    ...{ headers: [], host: undefined, contentLength: -1 },
    ...{ transferEncoding: '', connection: '', upgrade: '', contentType: '' },
  }
}

function note(head: Head, name: string, value: string): void {
  if (name === 'content-type') head.contentType = value
  else if (name === 'content-length') head.contentLength = Number(value)
  else if (name === 'host') head.host ??= value
}
