// The echo behind every endpoint: answers as the request tells it to, and says what it received.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../local/kernel/clock.ts'
import type { HeaderLines, SeenRequest } from './recording.ts'

/** What an endpoint's labels say of its echo. */
export interface EchoBehaviour {
  /** `<ServiceEntry name>-<version>` */
  id: string
  version: string
  /** Percent of calls that fail with 503. */
  failPercent: number
  delaySeconds: number
}

export interface EchoBackend {
  port: number
  close(): void
}

type Draw = () => number

/** Listens on a free port of the loopback; `onSeen` is told of each request with the tag it carried. */
export async function startEcho(
  behaviour: EchoBehaviour,
  onSeen: (tag: string, seen: SeenRequest) => void,
  draw: Draw,
  clock: Pick<Clock, 'after'>,
): Promise<EchoBackend> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const { tag, headers } = untagged(request.rawHeaders)
      const body = Buffer.concat(chunks).toString('latin1')
      const line = `${request.method} ${request.url} HTTP/${request.httpVersion}`
      onSeen(tag, { by: behaviour.id, line, headers, body })
      clock.after(delayOf(behaviour, request) * 1000, () => answer(behaviour, request, response, headers, draw))
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

/** A port on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** The name of the header by which replays know whose request a backend got; it is no part of the recording. */
export const tagHeader = 'x-recording-tag'

function untagged(rawHeaders: readonly string[]): { tag: string; headers: HeaderLines } {
  const lines: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  const tag = lines.find(([name]) => name.toLowerCase() === tagHeader)?.[1] ?? ''
  return { tag, headers: lines.filter(([name]) => name.toLowerCase() !== tagHeader) }
}

function delayOf({ delaySeconds }: EchoBehaviour, request: IncomingMessage): number {
  const asked = request.headers['x-echo-delay'] ?? /\/delay\/([0-9.]+)/.exec(request.url ?? '')?.[1]
  return asked === undefined ? delaySeconds : Number(asked)
}

function answer(
  behaviour: EchoBehaviour,
  request: IncomingMessage,
  response: ServerResponse,
  headers: HeaderLines,
  draw: Draw,
): void {
  const outcome = outcomeOf(behaviour, request, draw)
  if (outcome === 'reset') {
    request.socket.destroy()
    return
  }
  const body = JSON.stringify({ backend: behaviour.id, method: request.method, path: request.url, headers })
  const bodiless = outcome === 204 || outcome === 304
  const framing = bodiless ? [] : ['content-type', 'application/json', 'content-length', String(body.length)]
  const asked = Object.entries(JSON.parse(String(request.headers['x-echo-resp'] ?? '{}'))).flat().map(String)
  response.writeHead(outcome, [...framing, 'x-backend', behaviour.id, ...asked])
  response.end(bodiless || request.method === 'HEAD' ? undefined : body)
}

function outcomeOf(behaviour: EchoBehaviour, request: IncomingMessage, draw: Draw): number | 'reset' {
  const failure = namedFailure(behaviour, String(request.headers['x-echo-fail'] ?? ''))
  if (failure !== undefined) return failure === 'reset' ? 'reset' : Number(failure)
  const percent = Number(request.headers['x-echo-failpct'] ?? behaviour.failPercent)
  if (percent > 0 && draw() * 100 < percent) return 503
  const path = request.url ?? ''
  if (path.includes('/reset')) return 'reset'
  return Number(request.headers['x-echo-status'] ?? /\/status\/(\d{3})/.exec(path)?.[1] ?? 200)
}

/** `v1=503,*=reset`: by version, backend id, or all. */
function namedFailure({ id, version }: EchoBehaviour, rules: string): string | undefined {
  const entries = rules.split(',').map(rule => rule.split('='))
  return entries.find(([who]) => who === '*' || who === version || who === id)?.[1]
}
