// The head a client receives: the headers as the last hop left them, then what every proxy adds at its door.
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import { indexOfName, removeLines } from '../../codec/header-lines.ts'
import { reasonOf } from '../../codec/tokens.ts'
import { namedByConnection } from './request-headers.ts'

const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/**
 * Changes the head's own list: hop-by-hop lines go, `server` is overwritten where it stands or added last, `date` only
 * when absent (Envoy 1.37, source/common/http/conn_manager_utility.cc).
 */
export function finishHeaders(head: ResponseHead, date: string, server: string): void {
  const { headers } = head
  const named = namedByConnection(head.connection)
  const bodyless = head.status === 204
  let dated = false
  let served = false
  removeLines(headers, name => {
    if (name === 'date') dated = true
    if (name === 'server') {
      if (served) return true
      served = true
    }
    return hopByHop.has(name) || named?.has(name) === true || (bodyless && name === 'content-length')
  })
  if (!dated) headers.push('date', date)
  if (served) headers[indexOfName(headers, 'server') + 1] = server
  else headers.push('server', server)
}

/** True when the client is to read (or, for HEAD, is told of) a chunked body: nothing says how long it is. */
export function clientReadsChunks({ status, headers }: ResponseHead): boolean {
  return status !== 204 && status !== 304 && indexOfName(headers, 'content-length') < 0
}

/** The head as bytes of the wire, ending in the empty line. */
export function responseText(status: number, headers: HeaderList): string {
  let text = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return `${text}\r\n`
}

/** A head made here instead of read from a wire. */
export function responseHead(status: number, headers: HeaderList, contentLength: number): ResponseHead {
  return {
    status,
    reason: '',
    minorVersion: 1,
    headers,
    host: undefined,
    contentLength,
    transferEncoding: '',
    connection: '',
    upgrade: '',
    contentType: '',
  }
}
