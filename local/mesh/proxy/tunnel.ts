// Two sockets become one: what one says the other hears, with back-pressure, until either is gone.
import type { Socket } from 'node:net'

export function splice(a: Socket, b: Socket): void {
  pour(a, b)
  pour(b, a)
}

function pour(from: Socket, to: Socket): void {
  from.on('data', (data: Buffer) => {
    if (!to.destroyed && !to.write(data)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroySoon())
  from.resume()
}
