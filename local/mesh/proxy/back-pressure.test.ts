import { describe, expect, it } from 'vitest'
import { eventually } from '../testing/raw-client.ts'
import { clientOf, host, worldBefore } from './gateway-harness.ts'

describe('back-pressure', () => {
  const size = 24 * 1024 * 1024

  it('holds the function back when the client does not read', async () => {
    let written = 0
    const { port } = await worldBefore(socket => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      const piece = Buffer.alloc(64 * 1024, 97)
      const more = () => {
        while (written < size) {
          written += piece.length
          if (!socket.write(piece)) return void socket.once('drain', more)
        }
      }
      more()
    })
    const client = clientOf(port)
    client.socket.pause()
    client.send(`GET / HTTP/1.1\r\n${host}\r\n`)
    let before = -1
    while (written !== before) {
      before = written
      await new Promise(resolve => setTimeout(resolve, 150))
    }
    expect(written).toBeLessThan(size)
    client.socket.resume()
    const text = await client.until(all => all.length > size)
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(size)
  })

  it('holds the client back when the function does not read, and loses nothing', async () => {
    const { port, backend } = await worldBefore(socket => void socket.pause())
    const client = clientOf(port)
    client.send(`POST / HTTP/1.1\r\n${host}content-length: ${size}\r\n\r\n`)
    client.send(Buffer.alloc(size, 97))
    await eventually(() => backend.connections.length === 1)
    let left = -1
    while (client.socket.writableLength !== left) {
      left = client.socket.writableLength
      await new Promise(resolve => setTimeout(resolve, 150))
    }
    expect(left).toBeGreaterThan(0)
    const socket = backend.connections[0]
    socket?.removeAllListeners('data')
    let seen = backend.received[0]?.split('\r\n\r\n')[1]?.length ?? 0
    socket?.on('data', data => {
      const at = seen === 0 ? data.indexOf('\r\n\r\n') : -1
      seen += at < 0 ? data.length : data.length - at - 4
    })
    socket?.resume()
    await eventually(() => seen >= size)
    expect(seen).toBe(size)
  })
})
