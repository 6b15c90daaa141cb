// Free TCP ports of the loopback address, for programs that must be told where to listen.
import { createServer } from 'node:net'

/** A free port: the one wished for when it is free, another else. */
export type FreePort = (wish?: number) => Promise<number>

/** Finds free ports, never the same twice in a row: whoever got one may not listen yet. */
export function portFinder(): FreePort {
  const recent: number[] = []
  const find = async (wish = 0): Promise<number> => {
    const port = await portNow(wish).catch(() => portNow(0))
    if (recent.includes(port)) return find()
    recent.push(port)
    if (recent.length > 100) recent.shift()
    return port
  }
  return find
}

/** 0 stands for any. Rejects when the port is taken, or is not for this user. */
function portNow(wish: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wish, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
