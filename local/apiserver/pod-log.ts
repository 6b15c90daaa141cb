// Logs of a pod: what its instance wrote, as plain text, to the end or as it goes on.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StatusError } from '../kernel/errors.ts'
import type { ResourceCall } from './resource-call.ts'

export interface LogOptions {
  /** How many of the last lines; all when left out. */
  tail?: number
  follow: boolean
  container?: string
}

/** Finds what an instance wrote; undefined when nothing is kept of it. Leaving the loop must end a `follow`. */
export type Logs = (namespace: string, pod: string, options: LogOptions) => AsyncIterable<Buffer> | undefined

/** Answers `GET …/pods/P/log`. */
export async function handleLog({ client, kind, path, query, response }: ResourceCall, logs: Logs): Promise<void> {
  const { namespace = '', name = '' } = path
  client.get(kind, namespace, name)
  const lines = logs(namespace, name, optionsOf(query))
  if (!lines) throw new StatusError('NotFound', `no logs are kept of pod "${name}" in namespace "${namespace}"`)
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  await pipeline(Readable.from(lines), response).catch(() => response.destroy())
}

function optionsOf(query: URLSearchParams): LogOptions {
  const tail = query.get('tailLines')
  const container = query.get('container')
  if (tail !== null && !/^\d+$/.test(tail)) {
    throw new StatusError('BadRequest', `tailLines: Invalid value: "${tail}": must be a whole number`)
  }
  return {
    ...(tail === null ? {} : { tail: Number(tail) }),
    follow: ['true', '1'].includes(query.get('follow') ?? ''),
    ...(container ? { container } : {}),
  }
}
