import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { answering, type startBackend } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { eventually } from '../testing/raw-client.ts'
import type { World } from '../testing/world.ts'
import { answerInTime, ask, backendOf, clientOf, host, worldBefore, worldOf } from './gateway-harness.ts'

describe('endings', () => {
  it('gives the place back once when the client leaves in the middle of an answer', async () => {
    const { port, upstreams, backend } = await worldBefore(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart')
    })
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('part')
    client.close()
    await eventually(() => backend.connections[0]?.destroyed === true)
    expect([upstreams.released, upstreams.failed]).toEqual([1, 0])
  })

  it('cuts the connection when the function dies in the middle of its answer', async () => {
    const { port, upstreams } = await worldBefore(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart')
      setTimeout(() => socket.destroy(), 5)
    })
    expect(await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).end()).toMatch(/part$/)
    expect(upstreams.released + upstreams.failed).toBe(1)
  })

  it('closes when the client asks for it', async () => {
    const { port } = await worldBefore()
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}connection: close\r\n\r\n`).end()
    expect(text).toMatch(/server: istio-envoy\r\nconnection: close\r\n\r\nhi$/)
  })

  it('names the port that is taken', async () => {
    const { mesh, port } = await worldBefore()
    await expect(mesh.listen({ host: '127.0.0.1', port, gatewayPort: 80 })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken`,
    )
  })

  it('lets a request finish while closing, and says that the connection ends', async () => {
    const { port, mesh, backend } = await worldBefore(() => {})
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    const idle = clientOf(port)
    await eventually(() => backend.connections.length === 1)
    const closed = mesh.close(10_000)
    await idle.end()
    answering('late')(backend.connections[0] as never)
    expect(await client.end()).toMatch(/connection: close\r\n\r\nlate$/)
    await closed
  })
})

describe('limits of time', () => {
  async function timed(onData: Parameters<typeof startBackend>[0], limits: Partial<World['upstreams']['limits']>) {
    const clock = new FakeClock()
    const backend = await backendOf(onData)
    const upstreams = countedUpstreams(backend.port)
    upstreams.limits = { ...upstreams.limits, ...limits }
    const world = await worldOf(upstreams, { clock })
    return { ...world, backend, clock }
  }

  it.each(['timeoutMs', 'responseStartTimeoutMs', 'idleTimeoutMs'] as const)(
    'answers 504 when %s passes before the first byte',
    async limit => {
      const { port, clock, backend, upstreams } = await timed(() => {}, { [limit]: 5_000 })
      const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
      await eventually(() => backend.received[0]?.endsWith('\r\n\r\n') === true)
      await clock.advance(4_999)
      expect(client.text).toBe('')
      await clock.advance(1)
      const text = await client.until('request timeout')
      expect(text).toMatch(/^HTTP\/1.1 504 Gateway Timeout\r\ncontent-type: text\/plain; charset=utf-8\r\n/)
      expect(upstreams.released).toBe(1)
      await eventually(() => backend.connections[0]?.destroyed === true)
    },
  )

  it('lets a stream that began in time last', async () => {
    const { port, clock, backend } = await timed(
      socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'),
      { timeoutMs: 5_000, responseStartTimeoutMs: 1_000 },
    )
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ab')
    await clock.advance(60_000)
    backend.connections[0]?.write('cd')
    await client.until('abcd')
  })

  it('cuts a stream that falls silent', async () => {
    const { port, clock, backend } = await timed(
      socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab'),
      { idleTimeoutMs: 1_000 },
    )
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await client.until('ab')
    await clock.advance(900)
    backend.connections[0]?.write('cd')
    await client.until('abcd')
    await clock.advance(900)
    expect(client.ended).toBe(false)
    await clock.advance(200)
    expect(await client.end()).toMatch(/abcd$/)
  })

  it.each(['timeoutMs', 'responseStartTimeoutMs', 'idleTimeoutMs'] as const)(
    'cuts a WebSocket when %s has passed since it was asked for, whatever goes through it',
    async limit => {
      const switching = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n'
      const { port, clock, backend, upstreams } = await timed(
        (socket, text) => void socket.write(text.startsWith('GET') ? switching : `echo ${text}`),
        { timeoutMs: 300_000, [limit]: 5_000 },
      )
      const client = ask(port, `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      await client.until('Upgrade\r\n\r\n')
      await clock.advance(4_000)
      await client.send('ping').until('echo ping')
      expect(upstreams.released).toBe(0)
      await clock.advance(1_000)
      await client.end()
      await eventually(() => backend.connections[0]?.destroyed === true)
      expect(upstreams.released).toBe(1)
    },
  )

  it('does not wait for ever for a head', async () => {
    const { port, clock } = await timed(answering(), {})
    const client = ask(port, `GET / HTTP/1.1\r\n${host}`)
    expect(await answerInTime(clock, client, 'timeout')).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
  })
})
