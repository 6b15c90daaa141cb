// The endpoint that Prometheus scrapes, on the loopback: the runtime's metrics, each pod's through it, and what there is.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { http } from '../../kernel/builtin-http.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { RevisionMeasures } from '../../seams/revision-measures.ts'
import type { Endpoint } from '../../seams/upstreams.ts'
import type { Exposition } from './exposition.ts'
import { podOfPath, targetGroups } from './targets.ts'

export interface ScrapeServerOptions {
  metrics(): Promise<Exposition>
  revisions(): readonly RevisionMeasures[]
}

export interface ScrapeServer {
  /** `127.0.0.1:15020`. */
  address: string
  close(): Promise<void>
}

/** Where a sidecar offers its metrics on a cluster; another runtime may have it already. */
const preferredPort = 15_020
const podTimeoutMs = 5_000

/** Listens on the loopback, on the port that Istio uses if it is free. */
export async function openScrapeServer(options: ScrapeServerOptions, port = preferredPort): Promise<ScrapeServer> {
  let address = ''
  const server = http.createServer((request, response) => {
    answer(request, response, options, address).catch(error => plain(response, 500, messageOf(error)))
  })
  await listen(server, port).catch(() => listen(server, 0))
  server.unref()
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function answer(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  { metrics, revisions }: ScrapeServerOptions,
  address: string,
): Promise<void> {
  const path = url.replace(/\?.*/, '')
  if (method !== 'GET' && method !== 'HEAD') return plain(response, 405, 'GET only')
  if (path === '/metrics' || path === '/stats/prometheus') return send(response, await metrics())
  if (path === '/sd') return json(response, targetGroups(address, revisions()))
  const endpoint = podOfPath(path, revisions())
  if (endpoint) return fromPod(endpoint, response)
  plain(
    response,
    404,
    'there are /metrics, /sd (HTTP service discovery) and /metrics/pods/NAMESPACE/POD of pods that run',
  )
}

/** The pod's own metrics. Asking neither wakes it nor counts as a request to it. */
function fromPod(endpoint: Endpoint, response: ServerResponse): Promise<void> {
  if (endpoint.protocol !== 'http1') {
    plain(response, 502, 'the pod speaks HTTP/2 alone')
    return Promise.resolve()
  }
  const to = 'path' in endpoint ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port }
  return new Promise(resolve => {
    const request = http.get({
      ...to,
      path: '/metrics',
      headers: { host: 'localhost' },
      timeout: podTimeoutMs,
      agent: false,
    })
    const failed = (error: Error) => {
      if (!response.headersSent) plain(response, 502, `the pod gave no metrics: ${error.message}`)
      else response.destroy()
      resolve()
    }
    request.on('timeout', () => request.destroy(new Error(`nothing within ${podTimeoutMs} ms`)))
    request.on('error', failed)
    request.on('response', answered => {
      const type = answered.headers['content-type'] ?? 'text/plain'
      response.writeHead(answered.statusCode ?? 502, { 'content-type': type })
      answered.on('error', failed)
      answered.on('end', resolve)
      answered.pipe(response)
    })
  })
}

function send(response: ServerResponse, { contentType, text }: Exposition): void {
  response.writeHead(200, { 'content-type': contentType }).end(text)
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`)
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}
