// The streams of a remote command over WebSocket: the first byte of each message says which one it belongs to.
import { PassThrough, Writable } from 'node:stream'
import { type Channels, sizeOf } from './channels.ts'
import type { WebSocketConnection } from './websocket.ts'

/** Channel numbers (Kubernetes' remotecommand); 255 closes another one, since v5. */
const numbers = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const
const normalClosure = 1000

/** The channels of a connection; those of the streams the client did not ask for stay closed. */
export function webSocketChannels(
  connection: WebSocketConnection,
  wanted: { stdin: boolean; stdout: boolean; stderr: boolean },
): Channels {
  const stdin = new PassThrough()
  const resized: ((columns: number, rows: number) => void)[] = []
  connection.onMessage(message => {
    const [channel] = message
    const content = message.subarray(1)
    if (channel === numbers.stdin && !stdin.writableEnded && !stdin.write(content)) connection.pause()
    if (channel === numbers.close && content[0] === numbers.stdin) stdin.end()
    const size = channel === numbers.resize ? sizeOf(content.toString()) : undefined
    if (size) for (const listener of resized) listener(size.columns, size.rows)
  })
  stdin.on('drain', () => connection.resume())
  connection.onClose(() => stdin.end())
  const drained = waiters(connection)
  return {
    stdin: wanted.stdin ? stdin : undefined,
    stdout: wanted.stdout ? output(connection, numbers.stdout, drained) : undefined,
    stderr: wanted.stderr ? output(connection, numbers.stderr, drained) : undefined,
    onResize: listener => void resized.push(listener),
    finish(status) {
      connection.send(channelMessage(numbers.error, Buffer.from(JSON.stringify(status))))
      connection.close(normalClosure)
    },
    onGone: connection.onClose,
  }
}

/** Who waits until the client has read on; all are let go when it went away. */
function waiters(connection: WebSocketConnection): (callback: () => void) => void {
  let waiting: (() => void)[] = []
  const release = () => {
    for (const callback of waiting.splice(0)) callback()
  }
  waiting = []
  connection.onDrain(release)
  connection.onClose(release)
  return callback => void waiting.push(callback)
}

function output(connection: WebSocketConnection, channel: number, later: (callback: () => void) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      if (connection.send(channelMessage(channel, chunk))) callback()
      else later(callback)
    },
  })
}

function channelMessage(channel: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(channel), content])
}
