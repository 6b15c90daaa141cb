// The streams of a remote command over SPDY: the client opens one for each and says in a header which it is.
import type { IncomingMessage } from 'node:http'
import { type Duplex, PassThrough, Writable } from 'node:stream'
import { StatusError } from '../../kernel/errors.ts'
import { type Channels, channelProtocols, sizeOf } from './channels.ts'
import { type SpdySession, type SpdyStream, spdySession } from './spdy.ts'

export interface WantedStreams {
  stdin: boolean
  stdout: boolean
  stderr: boolean
  resize: boolean
}

/** How long a client may take to open its streams, in milliseconds: as the kubelet. */
const openWithinMs = 30_000

/** Agrees to SPDY and waits for the client's streams. Rejects when it does not open them. */
export async function acceptSpdy(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  wanted: WantedStreams,
): Promise<Channels> {
  const offered = String(request.headers['x-stream-protocol-version'] ?? '').split(',')
  const protocol = channelProtocols.find(one => offered.some(text => text.trim() === one))
  if (!protocol) throw new StatusError('BadRequest', `exec speaks ${channelProtocols.join(' or ')}`)
  const lines = ['Upgrade: SPDY/3.1', 'Connection: Upgrade', `X-Stream-Protocol-Version: ${protocol}`]
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
  return spdyChannels(socket, head, wanted)
}

function spdyChannels(socket: Duplex, head: Buffer, wanted: WantedStreams): Promise<Channels> {
  const names = ['error', ...Object.entries(wanted).flatMap(([name, is]) => (is ? [name] : []))]
  const ids = new Map<string, number>()
  const stdin = new PassThrough()
  const resized: ((columns: number, rows: number) => void)[] = []
  // The first size may come before anybody listens.
  let latest: ReturnType<typeof sizeOf>
  const all = Promise.withResolvers<void>()
  const isStream = (id: number, name: string) => ids.get(name) === id
  const session = spdySession(socket, head, {
    opened({ id, headers }: SpdyStream) {
      ids.set(headers.get('streamtype') ?? '', id)
      if (names.every(name => ids.has(name))) all.resolve()
    },
    data(id, content) {
      if (isStream(id, 'stdin') && !stdin.writableEnded) stdin.write(content)
      const size = isStream(id, 'resize') ? sizeOf(content.toString()) : undefined
      latest = size ?? latest
      if (size) for (const listener of resized) listener(size.columns, size.rows)
    },
    ended: id => void (isStream(id, 'stdin') && stdin.end()),
  })
  socket.once('close', () => {
    stdin.end()
    all.reject(new StatusError('BadRequest', 'the client went away before it opened its streams'))
  })
  const late = setTimeout(() => {
    all.reject(new StatusError('BadRequest', `streams expected: ${names.join(', ')}`))
    socket.destroy()
  }, openWithinMs)
  return all.promise
    .finally(() => clearTimeout(late))
    .then(() => ({
      stdin: wanted.stdin ? stdin : undefined,
      stdout: wanted.stdout ? output(session, socket, ids.get('stdout')) : undefined,
      stderr: wanted.stderr ? output(session, socket, ids.get('stderr')) : undefined,
      onResize(listener) {
        resized.push(listener)
        if (latest) listener(latest.columns, latest.rows)
      },
      onGone: listener => void socket.once('close', listener),
      finish(status) {
        session.send(ids.get('error') ?? 0, Buffer.from(JSON.stringify(status)), true)
        session.close()
      },
    }))
}

function output(session: SpdySession, socket: Duplex, id = 0): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      if (session.send(id, chunk)) return callback()
      const go = () => {
        socket.off('drain', go)
        socket.off('close', go)
        callback()
      }
      socket.on('drain', go)
      socket.on('close', go)
    },
    final(callback) {
      session.send(id, Buffer.alloc(0), true)
      callback()
    },
  })
}
