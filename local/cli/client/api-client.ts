// Speaks to a running runtime over the socket in its state folder: JSON requests, and answers that stream.
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { exitCodes, SkiffError, StatusError, type StatusReason } from '../../kernel/errors.ts'

export interface ApiClient {
  /** The answer's JSON. Throws `StatusError` for a refusal, and a `SkiffError` of exit code 4 when nothing listens. */
  request<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>
  /** The answer's text as it comes. Aborting ends it without an error. */
  stream(path: string, signal?: AbortSignal): AsyncGenerator<string>
}

/** A client of the runtime whose state lies in `stateDir` (absolute). Connects on each request. */
export function apiClient(stateDir: string): ApiClient {
  const socketPath = join(stateDir, 'api.sock')
  return {
    async request<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> {
      const response = await send(socketPath, method, path, body, contentType)
      const text = await textOf(response)
      if (isRefusal(response)) throw refusalOf(response, text)
      return JSON.parse(text || 'null') as T
    },
    async *stream(path, signal) {
      const response = await send(socketPath, 'GET', path)
      if (isRefusal(response)) throw refusalOf(response, await textOf(response))
      yield* chunksOf(response, signal)
    },
  }
}

async function send(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  contentType = 'application/json',
): Promise<IncomingMessage> {
  // Loading it takes longer than most commands that ask nothing of a runtime.
  const { http } = await import('../../kernel/builtin-http.ts')
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': contentType }) }
    const request = http.request({ socketPath, method, path, headers }, resolve)
    request.on('error', error => reject(notReached(error, socketPath)))
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function notReached(error: NodeJS.ErrnoException, socketPath: string): SkiffError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new SkiffError(`no runtime is running here (${socketPath}); start one with: skiff up`, exitCodes.notRunning)
  }
  return new SkiffError(`the runtime did not answer on ${socketPath}: ${error.message}`)
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

async function* chunksOf(response: IncomingMessage, signal?: AbortSignal): AsyncGenerator<string> {
  response.setEncoding('utf8')
  const end = () => response.destroy()
  signal?.addEventListener('abort', end, { once: true })
  try {
    if (signal?.aborted) end()
    for await (const chunk of response) yield chunk as string
  } catch (error) {
    if (!signal?.aborted) throw error
  } finally {
    signal?.removeEventListener('abort', end)
  }
}

function isRefusal({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 400
}

/** The refusal as the API said it; one that is no `Status` object keeps its text. */
export function refusalOf({ statusCode = 0 }: Pick<IncomingMessage, 'statusCode'>, text: string): SkiffError {
  try {
    const { reason, message, details } = JSON.parse(text)
    if (typeof message === 'string') return new StatusError(reason as StatusReason, message, details)
  } catch {
    // Not JSON: said as it is below.
  }
  return new SkiffError(`the API answered ${statusCode}: ${text.trim() || 'nothing'}`)
}
