// Two sockets become one: what one says the other hears, with back-pressure, until either is gone.
import type { Socket } from 'node:net'

export function splice(a: Socket, b: Socket): void {
  a.on('data', (data: Buffer) => pour(data, a, b))
  b.on('data', (data: Buffer) => pour(data, b, a))
  join(a, b)
}

/** Passes one piece on; the source waits while the other side has enough. */
export function pour(data: Buffer, from: Socket, to: Socket): void {
  if (!to.destroyed && !to.write(data)) from.pause()
}

/** Couples back-pressure and endings; who reads the sockets pours by itself. */
export function join(a: Socket, b: Socket): void {
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
