// What stands before a function on HTTP: the paths every function has, and the headers every answer carries.
import { type OutgoingHttpHeaders, type RequestListener, ServerResponse } from 'node:http'
import type { Env } from './env.ts'
import { logOf } from './log.ts'
import { metricsOf } from './metrics.ts'

/** The headers that say who answered. */
export function stampsOf(env: Env): { 'x-service': string; 'x-revision': string } {
  return { 'x-service': env.K_SERVICE ?? 'local', 'x-revision': env.K_REVISION ?? 'local' }
}

type WriteHead = (
  this: ServerResponse,
  status: number,
  message?: string,
  headers?: OutgoingHttpHeaders,
) => ServerResponse

/** Answers the server's own paths, and stamps every answer; everything else goes to the function. */
export function front(handle: RequestListener, env: Env, state: { draining: boolean }): RequestListener {
  const stamps = stampsOf(env)
  const metrics = metricsOf(env)
  const writeHead: WriteHead = ServerResponse.prototype.writeHead

  // An own method on each answer, because Express replaces the prototype: the last word on headers is the server's.
  function stamped(this: ServerResponse, status: number, ...rest: unknown[]): ServerResponse {
    metrics.count('http_requests_total', 'Requests answered, by status.', { code: String(status) })
    const given = rest.at(-1)
    const headers = typeof given === 'object' && given !== null ? withoutOurs(given as Record<string, unknown>) : {}
    headers['x-service'] = stamps['x-service']
    headers['x-revision'] = stamps['x-revision']
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
