// Free TCP ports of the loopback address, for programs that must be told where to listen.
import { createServer } from 'node:net'

/** Finds free ports, never the same twice in a row: whoever got one may not listen yet. */
export function portFinder(): () => Promise<number> {
  const recent: number[] = []
  const find = async (): Promise<number> => {
    const port = await anyPort()
    if (recent.includes(port)) return find()
    recent.push(port)
    if (recent.length > 100) recent.shift()
    return port
  }
  return find
}

function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
