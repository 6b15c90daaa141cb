// A real HTTP server as subscriber, and a `Send` that reaches it: for the tests of this room.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Send, SendResponse } from '../../seams/send.ts'

export interface Received {
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

/** Answers by `script`: what the n-th request (from 0) gets. Undefined: the connection is reset. */
export class Subscriber {
  readonly received: Received[] = []
  readonly url: string
  readonly #server: Server

  constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(script: (received: Received, index: number) => Promise<Answer | undefined> | Answer | undefined) {
    const server = createServer((incoming, response) => void answer(incoming, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const subscriber = new Subscriber(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const received = { url: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(chunks).toString() }
      const given = await script(received, subscriber.received.push(received) - 1)
      if (!given) response.destroy()
      else response.writeHead(given.status, given.headers).end(given.body)
    }
    return subscriber
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise(resolve => this.#server.close(() => resolve()))
  }
}

/** Sends over a real socket. */
export const httpSend: Send = ({ method, url, headers, body, timeoutMs }) =>
  new Promise((resolve, reject) => {
    const options = { method, headers: [...headers, 'host', new URL(url).host, 'content-length', String(body.length)] }
    const outgoing = request(url, { ...options, timeout: timeoutMs }, incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', chunk => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => resolve(answerOf(incoming, Buffer.concat(chunks))))
    })
    outgoing.on('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')))
    outgoing.end(body)
  })

function answerOf(incoming: IncomingMessage, body: Buffer): SendResponse {
  const headers = incoming.rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))
  return { status: incoming.statusCode ?? 0, headers, body }
}

/** Resolves once `holds` is true; looks every few milliseconds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 3))
}
