// A subscriber that costs next to nothing: answers 202 to every event on raw sockets and counts them.
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface EventSink {
  url: string
  /** Events received so far. */
  readonly count: number
  /** Resolves once `count` events have come. */
  reached(count: number): Promise<void>
  close(): void
}

const answer = Buffer.from('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n')
const endOfHead = Buffer.from('\r\n\r\n')

export function startEventSink(): Promise<EventSink> {
  let count = 0
  const waiting = new Set<{ at: number; resolve: () => void }>()
  const received = () => {
    count++
    for (const one of waiting) if (count >= one.at && waiting.delete(one)) one.resolve()
  }
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.setNoDelay())
    socket.on(
      'data',
      messages(() => {
        received()
        socket.write(answer)
      }),
    )
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        url: `http://127.0.0.1:${port}/`,
        get count() {
          return count
        },
        reached: at => (count >= at ? Promise.resolve() : new Promise(done => waiting.add({ at, resolve: done }))),
        close() {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      })
    })
  })
}

/** Calls `complete` for each HTTP message with a content-length in a stream of chunks. */
export function messages(complete: (head: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const end = rest.indexOf(endOfHead)
      if (end < 0) return
      const head = rest.toString('latin1', 0, end)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (rest.length < end + 4 + length) return
      rest = rest.subarray(end + 4 + length)
      complete(head)
    }
  }
}
