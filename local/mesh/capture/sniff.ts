// Tells what a caller speaks behind a CONNECT by its first bytes: HTTP, TLS and for which name, or something else.
import type { Socket } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import { beginsRequest } from '../codec/tokens.ts'
import { beginsHttp2 } from '../proxy/http2/preface.ts'
import { type ClientHello, readClientHello } from '../proxy/tls/client-hello.ts'

/** A client that waits for the server to speak first is taken for something else than HTTP after this long. */
const sniffMs = 200

export type Sniffed = { kind: 'http' } | { kind: 'tls'; hello: ClientHello } | { kind: 'other' }

/**
 * `then` is called once, with the socket paused and all that was read from it; not at all when it ends before. Without a
 * clock the client has all the time it wants.
 */
export function sniff(
  socket: Socket,
  first: Buffer,
  clock: Clock | undefined,
  then: (what: Sniffed, seen: Buffer) => void,
): void {
  let seen = first
  const stop = () => {
    timer?.cancel()
    socket.off('data', look).off('error', stop).off('close', stop)
  }
  const decide = (what: Sniffed) => {
    stop()
    socket.pause()
    then(what, seen)
  }
  const look = (data: Buffer) => {
    seen = seen.length > 0 ? Buffer.concat([seen, data]) : data
    const what = whatBegins(seen)
    if (what) decide(what)
  }
  const timer = clock?.after(sniffMs, () => decide({ kind: 'other' }))
  socket.on('data', look).on('error', stop).on('close', stop)
  if (first.length > 0) look(Buffer.alloc(0))
}

const tlsHandshake = 22

/** Undefined while there is too little to tell. */
function whatBegins(bytes: Buffer): Sniffed | undefined {
  if (bytes[0] === tlsHandshake) {
    const hello = readClientHello(bytes)
    if (hello === 'incomplete') return undefined
    return typeof hello === 'string' ? { kind: 'other' } : { kind: 'tls', hello }
  }
  const http2 = beginsHttp2(bytes)
  if (http2 !== false) return http2 ? { kind: 'http' } : undefined
  const text = bytes.toString('latin1', 0, 20)
  if (!beginsRequest(text)) return { kind: 'other' }
  return text.includes(' ') ? { kind: 'http' } : undefined
}
