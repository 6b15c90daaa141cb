// Sends a recorded request byte by byte and reads the answer as it stands on the wire.
import { connect, type Socket } from 'node:net'
import type { HeaderLines, RecordedRequest, WireResponse } from './recording.ts'

/** Where to connect, and the CONNECT request to make first when the client's traffic is captured. */
export interface Way {
  port: number
  tunnel?: { authority: string; authorization: string }
}

/** The head and body of a request, with further header lines at its end. */
export function requestBytes(request: RecordedRequest, extra: HeaderLines): Buffer {
  const { method = 'GET', path, host, headers = {}, body } = request
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(one => `${name}: ${one}`),
  )
  const withLength = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method)
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...(host === undefined ? [] : [`host: ${host}`]),
    ...lines,
    ...(withLength ? [`content-length: ${Buffer.byteLength(body ?? '')}`] : []),
    ...extra.map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`, 'latin1')
}

/** One request on a connection of its own. Rejects when the connection ends before the answer does. */
export async function exchange(way: Way, bytes: Buffer, method: string): Promise<WireResponse> {
  const socket = connect(way.port, '127.0.0.1')
  const reader = new ResponseReader(socket)
  try {
    if (way.tunnel) {
      const { authority, authorization } = way.tunnel
      socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\nproxy-authorization: ${authorization}\r\n\r\n`)
      const accepted = await reader.read('CONNECT')
      if (!accepted.status_line.includes(' 200 ')) return accepted
    }
    socket.write(bytes)
    return await reader.read(method)
  } finally {
    socket.destroy()
  }
}

class ResponseReader {
  #text = ''
  #ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    socket.on('data', data => {
      this.#text += data.toString('latin1')
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  async read(method: string): Promise<WireResponse> {
    const head = await this.#until('\r\n\r\n')
    const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    if (status >= 100 && status < 200 && status !== 101) return this.read(method)
    const headers = lines.map(line => splitLine(line))
    return { status_line: statusLine, headers, body: await this.#body(method, status, headers) }
  }

  #body(method: string, status: number, headers: HeaderLines): Promise<string> | string {
    const value = (name: string) => headers.find(([each]) => each === name)?.[1]
    if (method === 'HEAD' || method === 'CONNECT' || status === 204 || status === 304) return ''
    if (value('transfer-encoding') === 'chunked') return this.#chunked()
    const length = value('content-length')
    return length === undefined ? this.#rest() : this.#take(Number(length))
  }

  async #chunked(): Promise<string> {
    let body = ''
    for (;;) {
      const size = Number.parseInt(await this.#until('\r\n'), 16)
      if (size === 0) break
      body += await this.#take(size)
      await this.#until('\r\n')
    }
    await this.#until('\r\n')
    return body
  }

  async #until(mark: string): Promise<string> {
    while (!this.#text.includes(mark)) await this.#more()
    return this.#cut(this.#text.indexOf(mark) + mark.length)
  }

  async #take(length: number): Promise<string> {
    while (this.#text.length < length) await this.#more()
    return this.#cut(length)
  }

  async #rest(): Promise<string> {
    while (!this.#ended) await this.#more().catch(() => {})
    return this.#cut(this.#text.length)
  }

  #cut(length: number): string {
    const piece = this.#text.slice(0, length)
    this.#text = this.#text.slice(length)
    return piece
  }

  #more(): Promise<void> {
    if (this.#ended) return Promise.reject(new Error(`the connection ended after ${JSON.stringify(this.#text)}`))
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }
}

function splitLine(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}
