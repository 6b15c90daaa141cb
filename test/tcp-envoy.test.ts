// What a real Envoy does with connections that it carries as bytes, and what we do, to the same bytes. Runs where `ENVOY`
// names its binary.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../load/world.ts'
import { binary } from './envoy-peer.ts'
import { type Backends, type Door, envoyTcpGateway, ourTcpGateway, type TcpGateway } from './tcp-envoy-peers.ts'

/** Says its name at the first bytes, how many there were at the end; it may be told to reset, or to end first. */
function backend(name: string): Promise<{ port: number; stop(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    let heard = 0
    socket.on('error', () => {})
    socket.on('data', data => {
      if (heard === 0) socket.write(`${name}:`)
      heard += data.length
      if (data.includes('RESET')) socket.resetAndDestroy()
      else if (data.includes('END')) socket.end('bye')
    })
    socket.on('end', () => socket.end(`${heard}`))
  })
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const stop = () => {
        server.close()
        for (const socket of sockets) socket.destroy()
      }
      resolve({ port: (server.address() as AddressInfo).port, stop })
    })
  })
}

function helloTo(servername: string): Promise<Buffer> {
  return new Promise(resolve => {
    const wire = new Duplex({ read() {}, write: (bytes: Buffer) => resolve(bytes) })
    connectTls({ socket: wire, servername }).on('error', () => {})
  })
}

const record = (content: Buffer, type = 22, major = 3) =>
  Buffer.concat([Buffer.from([type, major, 1, content.length >> 8, content.length & 255]), content])

/** `until` is a text to be heard, or the end of the connection; then the client does as `last` says. */
interface Play {
  door: Door
  send: (Buffer | string)[]
  until: string | 'closed'
  last?: 'end' | 'reset' | 'hang up'
}

interface Heard {
  text: string
  /** `reset` and `end` are how the far end closed. */
  end: 'reset' | 'end' | 'open'
}

async function play(gateway: TcpGateway, { door, send, until, last = 'hang up' }: Play): Promise<Heard> {
  const socket = connect({ port: gateway.ports[door], host: '127.0.0.1', allowHalfOpen: true })
  const heard: Heard = { text: '', end: 'open' }
  socket.on('data', data => {
    heard.text += String(data)
  })
  socket.on('end', () => {
    heard.end = 'end'
  })
  socket.on('error', () => {
    heard.end = 'reset'
  })
  for (const bytes of send) {
    socket.write(bytes)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  if (last === 'end') socket.end()
  await settled(() => (until === 'closed' ? heard.end !== 'open' : heard.text.includes(until)))
  if (last === 'reset') socket.resetAndDestroy()
  else socket.destroy()
  return heard
}

async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

const http = 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n'
const content = (length: number) =>
  Buffer.concat([Buffer.from([1, 0, length >> 8, length & 255, 3, 3]), Buffer.alloc(length - 2)])

describe.runIf(binary)('a gateway that carries bytes, beside Envoy', { timeout: 60_000 }, () => {
  let envoy: TcpGateway
  let ours: TcpGateway
  const stops: (() => unknown)[] = []

  beforeAll(async () => {
    const [one, two, three] = [await backend('one'), await backend('two'), await backend('three')]
    const backends: Backends = { one: one.port, two: two.port, three: three.port, dead: await freePort() }
    envoy = await envoyTcpGateway(binary ?? '', backends)
    ours = await ourTcpGateway(backends)
    stops.push(
      one.stop,
      two.stop,
      three.stop,
      () => envoy.stop(),
      () => ours.stop(),
    )
  })

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
  })

  const plays: [sentence: string, make: () => Play | Promise<Play>, expected: Partial<Heard>][] = [
    [
      'an exact name',
      async () => ({ door: 'named', send: [await helloTo('a.test')], until: 'one:' }),
      { text: 'one:' },
    ],
    [
      'the same in capitals',
      async () => ({ door: 'named', send: [await helloTo('A.Test')], until: ':' }),
      { text: 'one:' },
    ],
    ['a wildcard', async () => ({ door: 'named', send: [await helloTo('b.test')], until: ':' }), { text: 'two:' }],
    [
      'the longer wildcard',
      async () => ({ door: 'named', send: [await helloTo('q.x.test')], until: ':' }),
      { text: 'three:' },
    ],
    [
      'a name below an exact one',
      async () => ({ door: 'named', send: [await helloTo('y.a.test')], until: ':' }),
      { text: 'two:' },
    ],
    [
      'a name with a trailing dot',
      async () => ({ door: 'named', send: [await helloTo('a.test.')], until: 'closed' }),
      { end: 'reset' },
    ],
    [
      'a name that no rule has',
      async () => ({ door: 'named', send: [await helloTo('a.example')], until: 'closed' }),
      { end: 'reset' },
    ],
    [
      'the suffix of a wildcard',
      async () => ({ door: 'named', send: [await helloTo('test')], until: 'closed' }),
      { end: 'reset' },
    ],
    ['no name', async () => ({ door: 'named', send: [await helloTo('')], until: 'closed' }), { end: 'reset' }],
    ['HTTP in place of TLS', () => ({ door: 'named', send: [http], until: 'closed' }), { end: 'reset' }],
    ['five bytes of anything', () => ({ door: 'named', send: ['hihih'], until: 'closed' }), { end: 'reset' }],
    [
      'another message of the handshake',
      () => ({ door: 'named', send: [record(Buffer.from([2, 0, 0, 0]))], until: 'closed' }),
      { end: 'reset' },
    ],
    [
      'a hello in three pieces',
      async () => {
        const hello = await helloTo('a.test')
        return { door: 'named', send: [hello.subarray(0, 3), hello.subarray(3, 70), hello.subarray(70)], until: ':' }
      },
      { text: 'one:' },
    ],
    [
      'a hello in two records',
      async () => {
        const body = (await helloTo('a.test')).subarray(5)
        return { door: 'named', send: [record(body.subarray(0, 100)), record(body.subarray(100))], until: ':' }
      },
      { text: 'one:' },
    ],
    [
      'a client that ends amid its hello',
      async () => ({ door: 'named', send: [(await helloTo('a.test')).subarray(0, 40)], last: 'end', until: 'closed' }),
      { end: 'reset' },
    ],
    [
      'a hello that does not end',
      () => ({
        door: 'named',
        send: [record(content(16_384).subarray(0, 16_000)), record(Buffer.alloc(380))],
        until: 'closed',
      }),
      { end: 'reset' },
    ],
    [
      'a name that leads to no cluster',
      async () => ({ door: 'named', send: [await helloTo('gone.org')], until: 'closed' }),
      { end: 'reset' },
    ],
    [
      'a name that leads to no endpoint',
      async () => ({ door: 'named', send: [await helloTo('empty.org')], until: 'closed' }),
      { end: 'reset' },
    ],
    [
      'a name beside a chain for everybody',
      async () => ({ door: 'open', send: [await helloTo('a.test')], until: ':' }),
      { text: 'two:' },
    ],
    [
      'another name before a chain for everybody',
      async () => ({ door: 'open', send: [await helloTo('b.test')], until: ':' }),
      { text: 'one:' },
    ],
    ['HTTP before a chain for everybody', () => ({ door: 'open', send: [http], until: ':' }), { text: 'one:' }],
    [
      'five bytes before a chain for everybody',
      () => ({ door: 'open', send: ['hi', 'hih'], until: ':' }),
      { text: 'one:' },
    ],
    [
      'a record of another version before it',
      () => ({ door: 'open', send: [record(Buffer.from([1]), 22, 9)], until: ':' }),
      { text: 'one:' },
    ],
    [
      'a hello of no bytes before it',
      () => ({ door: 'open', send: [record(Buffer.from([1, 0, 0, 0]))], until: ':' }),
      { text: 'one:' },
    ],
    ['plain bytes', () => ({ door: 'plain', send: ['hello'], until: ':' }), { text: 'one:' }],
    [
      'a client that ends first',
      () => ({ door: 'plain', send: ['hello', ' world'], last: 'end', until: 'closed' }),
      { text: 'one:11', end: 'end' },
    ],
    [
      'a server that ends first',
      () => ({ door: 'plain', send: ['END', 'more'], last: 'end', until: 'closed' }),
      { end: 'end' },
    ],
    ['a server that resets', () => ({ door: 'plain', send: ['RESET'], until: 'closed' }), { end: 'end' }],
    ['a client that resets', () => ({ door: 'plain', send: ['hello'], last: 'reset', until: ':' }), { text: 'one:' }],
    ['a server that is not there', () => ({ door: 'dead', send: [], until: 'closed' }), { text: '', end: 'end' }],
  ]

  it.each(plays)('%s', async (_sentence, make, expected) => {
    const one = await make()
    const theirs = await play(envoy, one)
    expect(theirs).toMatchObject(expected)
    expect(await play(ours, one)).toEqual(theirs)
  })

  it('one connection more than there may be', async () => {
    const hello = await helloTo('limit.org')
    for (const gateway of [envoy, ours]) {
      const held = connect(gateway.ports.named, '127.0.0.1').on('error', () => {})
      held.write(hello)
      await new Promise(resolve => held.once('data', resolve))
      const heard = await play(gateway, { door: 'named', send: [hello], until: 'closed' })
      expect(heard).toEqual({ text: '', end: 'reset' })
      held.destroy()
    }
  })

  it('tell the same of every connection', async () => {
    const lines = ({ told }: TcpGateway) => told().toSorted()
    await settled(() => ours.told().length > 0 && envoy.told().length >= ours.told().length)
    await settled(() => ours.told().length === envoy.told().length)
    expect(lines(ours)).toEqual(lines(envoy))
    expect(lines(ours)).toEqual(
      expect.arrayContaining(['NC 0 0 gone.org -', 'UH 0 0 empty.org empty', 'UO 0 0 limit.org limit']),
    )
  })
})
