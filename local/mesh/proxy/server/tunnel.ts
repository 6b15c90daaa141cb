// Two sockets become one: what one says the other hears, with back-pressure, until either is gone.
import type { Socket } from 'node:net'
import type { TunnelEnd } from '../client.ts'

/** A client whose request became a tunnel; `first` came from it already. */
export function tunnelThrough(client: Socket, upstream: TunnelEnd, first: Buffer | undefined): void {
  const far = upstream.leaveHttp(data => pour(data, far, client))
  if (first) far.write(first)
  client.on('data', (data: Buffer) => pour(data, client, far))
  join(client, far)
}

/** Passes one piece on; the source waits while the other side has enough. */
function pour(data: Buffer, from: Socket, to: Socket): void {
  if (!to.destroyed && !to.write(data)) from.pause()
}

/** Couples back-pressure and endings; who reads the sockets pours by itself. */
function join(a: Socket, b: Socket): void {
  couple(a, b)
  couple(b, a)
}

function couple(from: Socket, to: Socket): void {
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroySoon())
  from.resume()
}
