import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Clock, FakeClock, systemClock } from '../../kernel/clock.ts'
import { afterTest } from '../proxy/gateway-harness.ts'
import { type TcpLimits, usualTcpLimits } from '../table/cluster.ts'
import { eventually, RawClient } from '../testing/raw-client.ts'
import { type RelayedBytes, relay } from './relay.ts'
import { backendOfBytes } from './tcp-harness.ts'

interface Ends {
  /** What the client holds, and what its relay holds of it. */
  client: RawClient
  clientSide: Socket
  /** What the server holds. */
  server: Socket
  ended: RelayedBytes[]
}

async function relayed({ limits = {}, clock = systemClock, first = '' }: Parts = {}): Promise<Ends> {
  const front = await backendOfBytes(() => {})
  const back = await backendOfBytes(() => {})
  const near = connect({ port: front.port, host: '127.0.0.1', allowHalfOpen: true })
  const upstream = connect({ port: back.port, host: '127.0.0.1', allowHalfOpen: true })
  afterTest(() => upstream.destroy())
  const client = new RawClient(near)
  afterTest(() => client.close())
  await eventually(() => front.connections.length + back.connections.length === 2)
  const [clientSide] = front.connections
  const [server] = back.connections
  if (!clientSide || !server) throw new Error('not connected')
  const ended: RelayedBytes[] = []
  const options = { clock, client: clientSide, upstream, limits: { ...usualTcpLimits, ...limits } }
  relay({ ...options, first: Buffer.from(first), ended: bytes => ended.push({ ...bytes }) })
  return { client, clientSide, server, ended }
}

interface Parts {
  limits?: Partial<TcpLimits>
  clock?: Clock
  first?: string
}

/** All that a socket hears from now on. */
function heard(socket: Socket): { text: string; ended: boolean; closed: boolean; error: string } {
  const seen = { text: '', ended: false, closed: false, error: '' }
  socket.on('data', data => {
    seen.text += String(data)
  })
  socket.on('end', () => {
    seen.ended = true
  })
  socket.on('close', () => {
    seen.closed = true
  })
  socket.on('error', error => {
    seen.error = 'code' in error ? String(error.code) : error.message
  })
  return seen
}

describe('two connections that are one', () => {
  it('pass what was read before, and then everything either way', async () => {
    const { client, server } = await relayed({ first: 'hello ' })
    const seen = heard(server)
    client.send('world')
    await eventually(() => seen.text === 'hello world')
    server.write('answer')
    expect(await client.until('answer')).toBe('answer')
  })

  it('let the server speak first', async () => {
    const { client, server } = await relayed()
    server.write('220 ready\r\n')
    await client.until('220 ready')
  })

  it('stay half-open when the client has said all', async () => {
    const { client, server, ended } = await relayed()
    const seen = heard(server)
    client.socket.end('that is all')
    await eventually(() => seen.ended)
    expect(ended).toEqual([])
    server.write('some')
    await client.until('some')
    server.end(' more')
    expect(await client.end()).toBe('some more')
    await eventually(() => ended.length === 1)
    expect(ended).toEqual([{ received: 11, sent: 9 }])
  })

  it('stay half-open when the server has said all', async () => {
    const { client, server, ended } = await relayed()
    const seen = heard(server)
    const near = heard(client.socket)
    server.end('bye')
    await eventually(() => near.ended)
    client.send('still here')
    await eventually(() => seen.text === 'still here')
    client.socket.end()
    await eventually(() => ended.length === 1)
  })

  it('a reset of the server is the client’s end, after all that came before', async () => {
    const { client, server } = await relayed()
    const near = heard(client.socket)
    const seen = heard(server)
    client.send('x')
    server.write('last words')
    await client.until('last words')
    await eventually(() => seen.text === 'x')
    server.resetAndDestroy()
    await eventually(() => near.ended)
    expect([near.text, near.error]).toEqual(['last words', ''])
  })

  it('a reset of the client is the server’s end', async () => {
    const { client, server, ended } = await relayed()
    const seen = heard(server)
    client.send('x')
    await eventually(() => seen.text === 'x')
    client.socket.resetAndDestroy()
    await eventually(() => seen.ended)
    expect(seen.error).toBe('')
    await eventually(() => ended.length === 1)
    expect(ended).toEqual([{ received: 1, sent: 0 }])
  })
})

describe('back-pressure', () => {
  const piece = Buffer.alloc(256 * 1024, 'a')

  /** Writes until nothing more is taken for a while. */
  async function fill(socket: Socket): Promise<number> {
    let written = 0
    while (written < 400 * piece.length) {
      const taken = socket.write(piece)
      written += piece.length
      if (!taken && !(await drains(socket))) break
    }
    return written
  }

  /** False when the kernel took nothing for a hundred turns. */
  async function drains(socket: Socket): Promise<boolean> {
    for (let turn = 0; turn < 100 && socket.writableLength > 0; turn++) await new Promise(done => setTimeout(done, 5))
    return socket.writableLength === 0
  }

  it.each(['server', 'client'] as const)(
    'holds the other side while the %s does not read, and loses nothing',
    async slow => {
      const { client, server } = await relayed()
      const [reader, writer] = slow === 'server' ? [server, client.socket] : [client.socket, server]
      reader.pause()
      const written = await fill(writer)
      expect(written).toBeLessThan(400 * piece.length)
      let read = 0
      reader.on('data', data => {
        read += data.length
      })
      reader.resume()
      writer.end()
      await eventually(() => read === written)
    },
  )
})

describe('time', () => {
  it('ends a connection without a byte either way for idleTimeout', async () => {
    const clock = new FakeClock()
    const { client, server, ended } = await relayed({ clock, limits: { idleTimeoutMs: 1_000 } })
    const seen = heard(server)
    const near = heard(client.socket)
    await clock.advance(900)
    client.send('x')
    await eventually(() => seen.text === 'x')
    await clock.advance(900)
    server.write('y')
    await client.until('y')
    await clock.advance(999)
    expect(ended).toEqual([])
    await clock.advance(1)
    await eventually(() => near.ended && seen.ended && ended.length > 0)
    expect(ended).toEqual([{ received: 1, sent: 1 }])
  })

  it('0 lets it last for ever', async () => {
    const clock = new FakeClock()
    const { client, server, ended } = await relayed({ clock, limits: { idleTimeoutMs: 0 } })
    await clock.advance(100 * 3_600_000)
    server.write('still here')
    await client.until('still here')
    expect(ended).toEqual([])
  })

  it('is an hour where nothing is said', async () => {
    const clock = new FakeClock()
    const { ended } = await relayed({ clock })
    await clock.advance(3_599_999)
    expect(ended).toEqual([])
    await clock.advance(1)
    await eventually(() => ended.length === 1)
  })

  it('ends a connection that is as old as maxConnectionDuration, busy or not', async () => {
    const clock = new FakeClock()
    const { client, server, ended } = await relayed({ clock, limits: { maxDurationMs: 5_000 } })
    await clock.advance(4_999)
    server.write('busy')
    await client.until('busy')
    expect(ended).toEqual([])
    await clock.advance(1)
    await eventually(() => ended.length === 1)
  })

  it('gives up in time what a side that reads no more would still have to hear', async () => {
    const clock = new FakeClock()
    const { client, server, clientSide } = await relayed({ clock, limits: { idleTimeoutMs: 1_000 } })
    client.socket.pause()
    const seen = heard(server)
    server.write(Buffer.alloc(32 * 1024 * 1024, 'a'))
    server.end()
    client.socket.end()
    await eventually(() => seen.ended && clientSide.writableLength > 0)
    server.resetAndDestroy()
    expect(clientSide.destroyed).toBe(false)
    await clock.advance(2_000)
    await eventually(() => clientSide.destroyed)
  })

  it('nothing is left of either once the client is gone', async () => {
    const clock = new FakeClock()
    const { client, ended } = await relayed({ clock, limits: { idleTimeoutMs: 1_000, maxDurationMs: 2_000 } })
    client.socket.resetAndDestroy()
    await eventually(() => ended.length === 1)
    await clock.advance(10_000)
    expect(ended).toHaveLength(1)
  })
})
