// For tests: raw backends on real sockets, which say what they received.
import { createServer, type Server, type Socket } from 'node:net'

export interface Backend {
  port: number
  /** Everything received, by connection. */
  received: string[]
  connections: Socket[]
  close(): void
}

/** A backend that calls `onData` with each piece; `index` counts its connections. */
export async function startBackend(onData: (socket: Socket, text: string, index: number) => void): Promise<Backend> {
  const received: string[] = []
  const connections: Socket[] = []
  const server: Server = createServer(socket => {
    const index = connections.push(socket) - 1
    received.push('')
    socket.on('error', () => {})
    socket.on('data', data => {
      received[index] += data.toString('latin1')
      onData(socket, data.toString('latin1'), index)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const close = () => {
    server.close()
    for (const socket of connections) socket.destroy()
  }
  return { port: typeof address === 'object' && address ? address.port : 0, received, connections, close }
}

/** Answers every request with 200 and `body`. */
export function answering(body = 'hi', headers = 'content-type: text/plain\r\n'): (socket: Socket) => void {
  return socket => void socket.write(`HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`)
}
