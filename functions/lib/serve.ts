// Serves one function over HTTP/1.1: the container's command and the local program alike.
import { createServer, type OutgoingHttpHeaders, type RequestListener, type Server, ServerResponse } from 'node:http'
import { transport } from './call.ts'
import type { Env } from './env.ts'
import { type FunctionModule, listenerOf } from './function-module.ts'
import { flushLog, logOf } from './log.ts'
import { metricsOf } from './metrics.ts'
import { nodeTransport } from './node-transport.ts'

export interface ServeOptions {
  listen: { path: string } | { host: string; port: number }
  env: Record<string, string | undefined>
}

export interface Serving {
  /** Where it listens: the socket's path, or the port (asked for as 0, chosen by the system). */
  address: { path: string } | { host: string; port: number }
  /**
   * Drains: accepts no more, lets requests in flight and their background work end, and closes each connection after
   * its answer. What still runs after `graceMs` milliseconds is cut.
   */
  close(graceMs: number): Promise<void>
}

/** How long an idle connection stays open after the drain began, for a request that is already on its way. */
const lingerMs = 20
/** Whoever keeps connections to us decides when to drop them; closing first would race with the next request. */
const keepAliveTimeoutMs = 600_000

/** Starts to serve; resolves when it listens. Rejects when the module is no function, will not start, or the address is taken. */
export async function serve(module: object, options: ServeOptions): Promise<Serving> {
  const env: Env = { ...options.env }
  const outbound = nodeTransport(env)
  transport.provide(env, outbound.send)
  const background = new Set<Promise<unknown>>()
  const state = { draining: false }
  const handle = await listenerOf(module as FunctionModule, env, { add: work => keep(background, work, env) })

  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 0 }, front(handle, env, state))
  await listen(server, options.listen)
  surviveRejections(env)
  return {
    address: addressOf(server),
    async close(graceMs) {
      state.draining = true
      await within(graceMs, drain(server, background), () => server.closeAllConnections())
      await within(100, outbound.close(), () => {})
      flushLog()
    },
  }
}

type WriteHead = (
  this: ServerResponse,
  status: number,
  message?: string,
  headers?: OutgoingHttpHeaders,
) => ServerResponse

/** Answers the server's own paths, and stamps every answer; everything else goes to the function. */
function front(handle: RequestListener, env: Env, state: { draining: boolean }): RequestListener {
  const service = env.K_SERVICE ?? 'local'
  const revision = env.K_REVISION ?? 'local'
  const metrics = metricsOf(env)
  const writeHead: WriteHead = ServerResponse.prototype.writeHead

  // An own method on each answer, because Express replaces the prototype: the last word on headers is the server's.
  function stamped(this: ServerResponse, status: number, ...rest: unknown[]): ServerResponse {
    metrics.count('http_requests_total', 'Requests answered, by status.', { code: String(status) })
    const given = rest.at(-1)
    const headers = typeof given === 'object' && given !== null ? withoutOurs(given as Record<string, unknown>) : {}
    headers['x-service'] = service
    headers['x-revision'] = revision
    if (state.draining) headers.connection = 'close'
    const message = typeof rest[0] === 'string' ? rest[0] : undefined
    return writeHead.call(this, status, message, headers as OutgoingHttpHeaders)
  }
  return (request, response) => {
    response.writeHead = stamped as ServerResponse['writeHead']
    if (request.url === '/healthz') return answerHealth(response, state.draining)
    if (request.url === '/metrics') return void answerMetrics(response, env)
    handle(request, response)
  }
}

/** A copy of headers (an object, or a flat list of names and values) without those that only the server may set. */
function withoutOurs(given: Record<string, unknown> | unknown[]): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Array.isArray(given) ? pairs(given) : Object.entries(given)) {
    const lower = name.length === 9 || name.length === 10 ? name.toLowerCase() : name
    if (lower === 'x-service' || lower === 'x-revision' || lower === 'connection') continue
    kept[name] = value
  }
  return kept
}

function pairs(flat: readonly unknown[]): [string, unknown][] {
  const entries: [string, unknown][] = []
  for (let at = 0; at + 1 < flat.length; at += 2) entries.push([String(flat[at]), flat[at + 1]])
  return entries
}

function answerHealth(response: ServerResponse, draining: boolean): void {
  response.writeHead(draining ? 503 : 200, { 'content-type': 'application/json' })
  response.end(draining ? '{"alive": true, "draining": true}' : '{"alive": true}')
}

async function answerMetrics(response: ServerResponse, env: Env): Promise<void> {
  try {
    const { contentType, text } = await metricsOf(env).expose()
    response.writeHead(200, { 'content-type': contentType }).end(text)
  } catch (error) {
    logOf(env).error('no metrics', { error: String(error) })
    response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"Internal Server Error"}')
  }
}

function listen(server: Server, where: ServeOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function addressOf(server: Server): Serving['address'] {
  const address = server.address()
  if (typeof address === 'string') return { path: address }
  return { host: address?.address ?? '', port: address?.port ?? 0 }
}

/** Remembers work until it ends; its failure is logged, for nobody else will look. */
function keep(background: Set<Promise<unknown>>, work: Promise<unknown>, env: Env): void {
  const settled = work.catch(error => logOf(env).error('work after an answer failed', { error: String(error) }))
  background.add(settled)
  void settled.finally(() => background.delete(settled))
}

async function drain(server: Server, background: ReadonlySet<Promise<unknown>>): Promise<void> {
  const closed = new Promise<void>(resolve => {
    setTimeout(() => server.close(() => resolve()), lingerMs)
  })
  await closed
  while (background.size > 0) await Promise.all(background)
}

/** Waits for `work`, but no longer than `ms`; then runs `giveUp` and goes on. */
async function within(ms: number, work: Promise<void>, giveUp: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    // Node's timers hold 31 bits; a longer grace is as good as this one.
    timer = setTimeout(() => resolve(giveUp()), Math.min(ms, 2 ** 31 - 1))
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

let surviving = false

/** A promise nobody waits for must not end the process with every other request in it. */
function surviveRejections(env: Env): void {
  if (surviving) return
  surviving = true
  process.on('unhandledRejection', reason => {
    logOf(env).error('unhandled rejection', {
      error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    })
  })
}

/** PORT as platforms write it: `8080` or `:8080`. Throws on anything else. */
export function parsePort(text = '8080'): number {
  const port = Number(/^:?(\d{1,5})$/.exec(text)?.[1])
  if (!(port <= 65_535)) throw new Error(`PORT is "${text}", it should be a port number such as 8080 or :8080`)
  return port
}

/**
 * Serves `name` until SIGTERM, which lets requests in flight end, or SIGINT, which does not. Listens on PORT of all
 * interfaces. Rejects as `serve` does.
 */
export async function serveUntilTerminated(name: string, module: object): Promise<void> {
  const listen = { host: '0.0.0.0', port: parsePort(process.env.PORT) }
  const env = { ...process.env }
  const serving = await serve(module, { listen, env })
  logOf(env).info('serving', { app: name, port: listen.port })
  process.once('SIGTERM', () => void serving.close(graceMs).then(() => process.exit(0)))
  process.once('SIGINT', () => void serving.close(0).then(() => process.exit(0)))
}

/** Says why a function does not serve, and lets the process end as failed. */
export function reportFailure(name: string, error: unknown): void {
  console.error(`cannot serve ${name}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function main(name: string | undefined): Promise<void> {
  if (!name || !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name))
    throw new Error('usage: node functions/lib/serve.ts SUITE/SERVICE')
  await serveUntilTerminated(name, await import(new URL(`../${name}/app.ts`, import.meta.url).href))
}

/** The longest a request may take on Knative by default; the platform cuts earlier when it wants to. In milliseconds. */
const graceMs = 300_000

if (import.meta.main) {
  const [name] = process.argv.slice(2)
  main(name).catch((error: unknown) => reportFailure(name ?? '', error))
}
