// One listener, two protocols: a connection that begins as HTTP/2 does with prior knowledge is served as HTTP/2.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Behind, Http2Front } from './http2-front.ts'

/** What every client of HTTP/2 sends first (RFC 9113, section 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/**
 * Serves HTTP/2 on the listener of `server` as well. Costs a connection of HTTP/1.1 one look at its first bytes, and its
 * requests nothing: what HTTP/2 takes is loaded by the first connection that speaks it.
 */
export function http2Beside(server: Server, behind: Omit<Behind, 'http1'>): Pick<Http2Front, 'close' | 'destroy'> {
  const listeners = server.listeners('connection') as ((connection: Duplex) => void)[]
  const http1 = (connection: Duplex) => {
    for (const listener of listeners) listener.call(server, connection)
  }
  let loading: Promise<Http2Front> | undefined
  const load = async () => (await import('./http2-front.ts')).http2Front({ ...behind, http1 })
  const silent = new Set<Socket>()
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
    look(socket, isHttp2 => {
      silent.delete(socket)
      if (isHttp2) {
        loading ??= load()
        void loading.then(front => front.take(socket))
      } else {
        http1(socket)
        socket.resume()
      }
    })
  })
  const end = (how: 'close' | 'destroy') => () => {
    for (const socket of silent) socket.destroy()
    void loading?.then(front => front[how]())
  }
  return { close: end('close'), destroy: end('destroy') }
}

/** How long a connection may say nothing at first, in milliseconds: as long as Node's server waits for a request's head. */
const silenceMs = 60_000

/** Decides as soon as the bytes allow, and puts them back; decides nothing about a connection that ends before. */
function look(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0)
  const giveUp = () => socket.destroy()
  const take = (chunk: Buffer) => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    const fits = seen.compare(preface, 0, length, 0, length) === 0
    if (fits && length < preface.length) return
    socket.off('data', take).off('end', giveUp).off('timeout', giveUp)
    socket.setTimeout(0).pause()
    socket.unshift(seen)
    decide(fits)
  }
  // The listener for errors stays: nobody else has one while HTTP/2 is being loaded.
  socket.on('data', take).on('end', giveUp).on('error', giveUp)
  socket.setTimeout(silenceMs, giveUp)
}
