// A command in a running pod: `kubectl exec` over WebSocket, or over SPDY as clients before 1.31 speak it.
import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type { ApiClient } from '../../api/client.ts'
import type { Kind } from '../../api/kind.ts'
import { messageOf, StatusError } from '../../kernel/errors.ts'
import type { Exec, Execution } from '../../seams/execution.ts'
import { type Channels, channelProtocols, exitStatus, failureStatus } from './channels.ts'
import { containerOf, isSet, type PodObject, queueProxy } from './log.ts'
import { acceptWebSocket } from './websocket.ts'
import { webSocketChannels } from './websocket-channels.ts'

export interface ExecCall {
  client: ApiClient
  /** The kind Pod. */
  kind: Kind
  namespace: string
  name: string
  query: URLSearchParams
  exec: Exec
}

/** Answers a request to `…/pods/P/exec` that asks for another protocol. Throws what is refused before it is agreed. */
export async function handleExec(
  call: ExecCall,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { client, kind, namespace, name, query } = call
  const command = query.getAll('command')
  if (command.length === 0) throw new StatusError('BadRequest', 'you must specify at least 1 command for the container')
  const container = containerOf(client.get<PodObject>(kind, namespace, name), query.get('container') ?? undefined)
  if (container === queueProxy) {
    throw new StatusError('BadRequest', 'queue-proxy is a part of the runtime: nothing can be run in it')
  }
  const tty = isSet(query, 'tty')
  const channels = await channelsOf(request, socket, head, query)
  const named = container === undefined ? {} : { container }
  await run(() => call.exec(namespace, name, { command, tty, ...named }), channels, tty)
}

async function channelsOf(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  query: URLSearchParams,
): Promise<Channels> {
  const wanted = { stdin: isSet(query, 'stdin'), stdout: isSet(query, 'stdout'), stderr: isSet(query, 'stderr') }
  if (/^spdy\/3\.1$/i.test(request.headers.upgrade ?? '')) {
    const { acceptSpdy } = await import('./spdy-channels.ts')
    return acceptSpdy(request, socket, head, { ...wanted, resize: isSet(query, 'tty') })
  }
  const connection = acceptWebSocket(request, socket, head, channelProtocols)
  if (connection) return webSocketChannels(connection, wanted)
  const sentence = `exec speaks WebSocket with ${channelProtocols.join(' or ')}, and SPDY/3.1`
  throw new StatusError('BadRequest', sentence)
}

async function run(start: () => Execution | undefined, channels: Channels, tty: boolean): Promise<void> {
  let execution: Execution | undefined
  try {
    execution = start()
  } catch (error) {
    return refuse(channels, messageOf(error))
  }
  if (!execution) return channels.finish(failureStatus('the container does not run (any more)'))
  const { stdin, stdout, stderr, exited, resize, kill } = execution
  channels.onResize(resize)
  channels.onGone(kill)
  if (channels.stdin) pipeline(channels.stdin, stdin).catch(() => {})
  else stdin.end()
  const outputs = [carried(stdout, channels.stdout), carried(stderr, tty ? undefined : channels.stderr)]
  const code = await exited
  await Promise.all(outputs)
  channels.finish(exitStatus(code))
}

/** What could not be started looks like a command that failed: its sentence on stderr, and a shell's code for it. */
async function refuse(channels: Channels, message: string): Promise<void> {
  const told = channels.stderr ?? channels.stdout
  if (told) await new Promise<void>(resolve => void told.write(`${message}\n`, () => resolve()))
  channels.finish(exitStatus(127))
}

/** Resolves when all of the output was handed over; without a channel it is read and dropped. */
async function carried(output: Readable, channel: Writable | undefined): Promise<void> {
  if (channel) await pipeline(output, channel).catch(() => {})
  else await finished(output.resume()).catch(() => {})
}
