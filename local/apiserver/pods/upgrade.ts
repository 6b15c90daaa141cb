// Requests that ask for another protocol: commands in pods, and what is refused in words instead.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiClient } from '../../api/client.ts'
import type { Registry } from '../../api/registry.ts'
import { http } from '../../kernel/builtin-http.ts'
import { messageOf, StatusError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { Exec } from '../../seams/execution.ts'
import { routeOf } from '../router.ts'
import { handleExec } from './exec.ts'

export interface UpgradeOptions {
  client: ApiClient
  registry: Registry
  log: Log
  /** Runs commands in pods; without it there are none. */
  exec?: Exec
}

/** Why the other subresources with streams are not served, and what to do instead. */
const instead: Readonly<Record<string, string>> = {
  portforward:
    'port-forward is not needed here: instances run on this machine; call the service by its URL, or "skiff run --serve" to put a local program in its place',
  attach: 'attach is not supported: the standard input of instances is closed; read what they write with logs -f',
}

/** Answers an upgrade request; throws never. `guard` throws for callers who may not. */
export async function answerUpgrade(
  options: UpgradeOptions,
  guard: (request: IncomingMessage) => void,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy())
  try {
    guard(request)
    await upgrade(options, request, socket, head)
  } catch (error) {
    if (!(error instanceof StatusError)) options.log('error', 'a terminal failed', { error: messageOf(error) })
    refuse(socket, error)
  }
}

async function upgrade(
  { client, registry, exec }: UpgradeOptions,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const route = routeOf(url.pathname)
  const path = route?.to === 'resource' ? route.path : undefined
  const kind = path && registry.byPlural(path.group, path.plural)
  const sentence = instead[path?.subresource ?? '']
  if (sentence) throw new StatusError('BadRequest', sentence)
  if (kind?.kind !== 'Pod' || path?.subresource !== 'exec' || !exec)
    throw new StatusError('NotFound', 'the server could not find the requested resource')
  const { namespace = '', name = '' } = path
  await handleExec({ client, kind, namespace, name, query: url.searchParams, exec }, request, socket, head)
}

function refuse(socket: Socket, error: unknown): void {
  const status =
    error instanceof StatusError
      ? error
      : new StatusError('InternalError', `Internal error occurred: ${messageOf(error)}`)
  const body = JSON.stringify(status.toStatus())
  const lines = [
    `HTTP/1.1 ${status.code} ${http.STATUS_CODES[status.code] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  if (socket.writable) socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
