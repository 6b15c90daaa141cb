// A TLS server that costs nothing before its first client: certificate and TLS are made ready when one connects.
import type { Server } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A certificate with its key, both as PEM. */
export interface TlsCertificate {
  cert: string
  key: string
}

export interface LazyTls {
  /** Listens on 127.0.0.1 and gives the port; port 0 is a free one. */
  listen(port: number): Promise<number>
  /** Ends every connection, greeted or not. */
  close(): Promise<void>
}

/** `serve` makes the HTTPS server ready for its requests, once. */
export function lazyTls(certificate: () => TlsCertificate, serve: (server: Server) => Server): LazyTls {
  const sockets = new Set<Socket>()
  let secure: Promise<Server> | undefined
  const open = async () => {
    const { createServer: createTlsServer } = await import('node:https')
    return serve(createTlsServer({ ...certificate(), minVersion: 'TLSv1.2' }) as Server)
  }
  const front = createServer({ pauseOnConnect: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    secure ??= open()
    secure.then(
      server => server.emit('connection', socket),
      () => {
        // Without a certificate nobody is served; the next client asks for one again.
        secure = undefined
        socket.destroy()
      },
    )
  })
  return {
    async listen(port) {
      await new Promise<void>((resolve, reject) => front.once('error', reject).listen(port, '127.0.0.1', resolve))
      return (front.address() as AddressInfo).port
    },
    close: () =>
      new Promise(resolve => {
        front.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
