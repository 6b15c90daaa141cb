// The head a client receives: the instance's headers in order, then what the gateway adds (spec/istio-facts.md section 7).
import { type Framing, framings } from '../codec/framing.ts'
import type { HeaderList, ResponseHead } from '../codec/head.ts'
import { reasonOf } from '../codec/tokens.ts'
import { namedByConnection } from './request-headers.ts'

export interface ResponseContext {
  /** Of the request. */
  method: string
  framing: Framing
  date: string
  server: string
  serviceTimeMs: number
  close: boolean
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'x-envoy-upstream-service-time',
])

/** The client's headers: `server` is overwritten where it stands or added last, `date` only when absent. */
export function responseHeaders(head: ResponseHead, context: ResponseContext): HeaderList {
  const { headers } = head
  const out: HeaderList = []
  const named = namedByConnection(head.connection)
  const bodyless = head.status === 204
  let dated = false
  let served = false
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (hopByHop.has(name) || named?.has(name) || (bodyless && name === 'content-length')) continue
    if (name === 'server') {
      if (!served) out.push(name, context.server)
      served = true
      continue
    }
    if (name === 'date') dated = true
    out.push(name, headers[index + 1] ?? '')
  }
  out.push('x-envoy-upstream-service-time', String(context.serviceTimeMs))
  if (!dated) out.push('date', context.date)
  if (!served) out.push('server', context.server)
  if (context.close) out.push('connection', 'close')
  if (clientReadsChunks(head, context)) out.push('transfer-encoding', 'chunked')
  return out
}

/** True when the client is to read (or, for HEAD, is told of) a chunked body. */
export function clientReadsChunks(head: ResponseHead, { method, framing }: ResponseContext): boolean {
  if (framing === framings.chunked || framing === framings.untilClose) return true
  return method === 'HEAD' && head.contentLength < 0 && head.status !== 204 && head.status !== 304
}

/** The head as bytes of the wire, ending in the empty line. */
export function responseText(status: number, headers: HeaderList): string {
  let text = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`
  return `${text}\r\n`
}

/** An answer written behind the gateway, by Knative's own hops: it looks like a function's. */
export function plainResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): ResponseHead {
  const own = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value])
  const typed = own.includes('content-type') ? own : ['content-type', 'text/plain; charset=utf-8', ...own]
  const contentLength = Buffer.byteLength(body)
  return responseHead(status, [...typed, 'content-length', String(contentLength)], contentLength)
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
