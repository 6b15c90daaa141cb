import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { helloProject, startWorld, type World } from '../../load/world.ts'
import { onlyLocal } from './only-local.ts'

const { describe, it } = onlyLocal('it speaks bytes to the ingress, and runs a program of this machine behind it')

// The wire as raw sockets see it, before a plain Node server that runs as a Knative Service of `skiff up`.

let world: World
let project: string
const open: Socket[] = []
const host = 'host: hello-0.default.localhost\r\n'

beforeAll(async () => {
  project = helloProject(1)
  const file = join(project, 'knative/hello/hello-0.yaml')
  const service = JSON.parse(readFileSync(file, 'utf8'))
  service.spec.template.spec.containers[0].image = 'wire.test/program'
  writeFileSync(file, JSON.stringify(service))
  const images = join(project, 'images.yaml')
  const program = join(import.meta.dirname, 'wire-program.mjs')
  writeFileSync(images, JSON.stringify([{ image: 'wire.test/program', command: [process.execPath, program] }]))
  world = await startWorld({ project, flags: ['--images', images] })
  await ask('GET / HTTP/1.1', host).until('you asked for /')
})

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

afterAll(async () => {
  await world?.stop()
  rmSync(project, { recursive: true, force: true })
})

/** A raw connection to the gateway and everything it answered. */
function dial(bytes: string) {
  const socket = connect(world.port, '127.0.0.1')
  open.push(socket)
  let text = ''
  let ended = false
  let wake = () => {}
  socket.on('error', () => {})
  socket.on('data', data => {
    text += data.toString('latin1')
    wake()
  })
  socket.on('close', () => {
    ended = true
    wake()
  })
  socket.write(bytes, 'latin1')
  const until = async (enough: string | ((all: string) => boolean)): Promise<string> => {
    const done = () => (typeof enough === 'string' ? text.includes(enough) : enough(text))
    while (!done()) {
      if (ended) throw new Error(`the connection ended after ${JSON.stringify(text.slice(0, 400))}`)
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
    return text
  }
  const end = async (): Promise<string> => {
    while (!ended)
      await new Promise<void>(resolve => {
        wake = resolve
      })
    return text
  }
  return { socket, until, end, send: (more: string) => void socket.write(more, 'latin1') }
}

function ask(line: string, headers: string, body = '') {
  return dial(`${line}\r\n${headers}\r\n${body}`)
}

const plain = (text: string) => text.replace(/date: [^\r]+/, 'date: D').replace(/service-time: \d+/, 'service-time: N')
const count = (text: string, part: string) => text.split(part).length - 1

/** Resident memory of the runtime's process in bytes. */
function residentBytes(): number {
  const status = readFileSync(`/proc/${world.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024
}

describe('messages on one connection', () => {
  it('are answered one after the other as long as nobody closes', async () => {
    const client = ask('GET /1 HTTP/1.1', host)
    await client.until('you asked for /1')
    client.send(`GET /2 HTTP/1.1\r\n${host}\r\n`)
    await client.until('you asked for /2')
    client.send(`GET /3 HTTP/1.1\r\n${host}connection: close\r\n\r\n`)
    expect(await client.end()).toMatch(/connection: close\r\n\r\nyou asked for \/3$/)
  })

  it('may be sent without waiting and are answered in order', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `GET /p${index}. HTTP/1.1\r\n${host}\r\n`).join('')
    const text = await dial(many).until('/p19.')
    expect(text.match(/asked for \/p\d+/g)).toEqual(Array.from({ length: 20 }, (_, index) => `asked for /p${index}`))
  })

  it('may come byte by byte', async () => {
    const client = dial('')
    client.socket.setNoDelay(true)
    for (const byte of `POST /echo HTTP/1.1\r\n${host}content-length: 3\r\n\r\nabc`) {
      client.send(byte)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await client.until('abc')).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  })
})

describe('bodies', () => {
  it('pass chunked both ways, and by length', async () => {
    const chunked = 'transfer-encoding: chunked\r\n'
    const text = await ask('POST /echo HTTP/1.1', host + chunked, '3\r\nxyz\r\n2\r\nuv\r\n0\r\n\r\n').until('0\r\n\r\n')
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    expect(body.replaceAll(/[0-9a-f]+\r\n|\r\n/g, '')).toBe('xyzuv')
    const sized = await ask('GET /length HTTP/1.1', host).until('hello')
    expect(plain(sized)).toContain('content-length: 5\r\n')
  })

  it('stream: the echo of the first piece comes before the second is sent', async () => {
    const client = ask('POST /echo HTTP/1.1', `${host}transfer-encoding: chunked\r\n`, '5\r\nfirst\r\n')
    await client.until('first')
    client.send('6\r\nsecond\r\n')
    await client.until('second')
    client.send('0\r\n\r\n')
    await client.until('\r\n0\r\n\r\n')
  })

  it('carry trailers both ways', async () => {
    const client = ask(
      'POST /trailers HTTP/1.1',
      `${host}transfer-encoding: chunked\r\ntrailer: x-in\r\n`,
      '1\r\na\r\n0\r\nx-in: 7\r\n\r\n',
    )
    const text = await client.until('0\r\nx-sum: 4\r\n\r\n')
    expect(text).toContain('x-got: {"x-in":"7"}')
  })

  it.each(['/204', '/304'])('are absent from %s, and the next request is answered', async path => {
    const client = ask(`GET ${path} HTTP/1.1`, host)
    const text = await client.until('istio-envoy\r\n\r\n')
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${path.slice(1)} `))
    expect(text).not.toMatch(/transfer-encoding|content-length/)
    client.send(`GET /next HTTP/1.1\r\n${host}\r\n`)
    await client.until('you asked for /next')
  })

  it('are absent from HEAD, its length is not', async () => {
    const client = ask('HEAD /length HTTP/1.1', host)
    expect(await client.until('istio-envoy\r\n\r\n')).toContain('content-length: 5\r\n')
    client.send(`GET /next HTTP/1.1\r\n${host}\r\n`)
    await client.until('you asked for /next')
  })

  it('wait for 100 Continue, which is the function’s to give', async () => {
    const client = ask('POST /echo HTTP/1.1', `${host}expect: 100-continue\r\ncontent-length: 4\r\n`)
    expect(await client.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 100 Continue\r\n/)
    client.send('data')
    await client.until('\r\ndata')
    expect(await ask('POST /refuse HTTP/1.1', `${host}expect: 100-continue\r\ncontent-length: 4\r\n`).end()).toMatch(
      /^HTTP\/1.1 417 /,
    )
  })
})

describe('streams', () => {
  it('of events arrive one at a time', async () => {
    const client = ask('GET /sse HTTP/1.1', host)
    for (const event of ['data: 1', 'data: 2', 'data: 3']) {
      const text = await client.until(event)
      if (event === 'data: 1') expect(text).not.toContain('data: 3')
    }
    await client.until('\r\n0\r\n\r\n')
  })

  it('of WebSocket frames go both ways, also after the connection idled', async () => {
    const key = 'dGhlIHNhbXBsZSBub25jZQ=='
    const upgrade = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n`
    const client = ask('GET /ws HTTP/1.1', host + upgrade)
    const text = await client.until('\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/)
    expect(text).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n')
    const frame = '\x81\x05hello'
    client.send(frame)
    await client.until(frame)
    const large = '~'.repeat(300_000)
    client.send(large)
    await client.until(all => count(all, '~') === large.length)
  })
})

describe('memory of the runtime', () => {
  const size = 200 * 2 ** 20

  it('stays flat while 200 MB go up to a slow reader', async () => {
    const before = residentBytes()
    const client = ask('POST /slow-reader HTTP/1.1', `${host}content-length: ${size}\r\n`)
    const piece = Buffer.alloc(2 ** 20, 97)
    let most = 0
    for (let sent = 0; sent < size; sent += piece.length) {
      most = Math.max(most, residentBytes())
      if (!client.socket.write(piece)) await new Promise(resolve => client.socket.once('drain', resolve))
    }
    expect(await client.until(String(size))).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(most - before).toBeLessThan(80 * 2 ** 20)
  })

  it('stays flat while 200 MB go down to a slow client', async () => {
    const before = residentBytes()
    const socket = connect(world.port, '127.0.0.1').on('error', () => {})
    open.push(socket)
    socket.write(`GET /download?bytes=${size} HTTP/1.1\r\n${host}connection: close\r\n\r\n`)
    let got = 0
    let most = 0
    let since = 0
    socket.on('data', data => {
      got += data.length
      since += data.length
      if (since < 2 ** 20) return
      since = 0
      most = Math.max(most, residentBytes())
      socket.pause()
      setTimeout(() => socket.resume(), 5)
    })
    await new Promise(resolve => socket.once('close', resolve))
    expect(got).toBeGreaterThan(size)
    expect(got).toBeLessThan(size + 1_000)
    expect(most - before).toBeLessThan(80 * 2 ** 20)
  })
})

describe('what the proxy answers itself', () => {
  const date = 'date: D\r\nserver: istio-envoy\r\n'
  const closed = 'connection: close\r\n'
  const refusal = (status: string, body: string) =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\n${date}${closed}\r\n${body}`
  const bad = refusal('400 Bad Request', 'Bad Request')
  const notFound = `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`
  const nobody = 'host: nobody.example.com\r\n'
  const rows: [string, string, string][] = [
    ['an unknown host', `GET / HTTP/1.1\r\n${nobody}\r\n`, notFound],
    ['an unknown host, POST without a body', `POST / HTTP/1.1\r\n${nobody}content-length: 0\r\n\r\n`, notFound],
    ['a trailing dot', 'GET / HTTP/1.1\r\nhost: hello-0.default.localhost.\r\n\r\n', notFound],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, notFound],
    [
      'an unknown host, with a body',
      `POST / HTTP/1.1\r\n${nobody}content-length: 2\r\n\r\nhi`,
      `HTTP/1.1 404 Not Found\r\n${date}${closed}content-length: 0\r\n\r\n`,
    ],
    [
      'an unknown host, HEAD',
      `HEAD / HTTP/1.1\r\n${nobody}\r\n`,
      `HTTP/1.1 404 Not Found\r\n${date}transfer-encoding: chunked\r\n\r\n`,
    ],
    [
      'an unknown host, gRPC',
      `GET / HTTP/1.1\r\n${nobody}content-type: application/grpc\r\n\r\n`,
      `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 12\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'an unknown host, gRPC with a body',
      `POST / HTTP/1.1\r\n${nobody}content-type: application/grpc\r\ncontent-length: 1\r\n\r\nx`,
      `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 12\r\n${date}${closed}content-length: 0\r\n\r\n`,
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', `HTTP/1.1 400 Bad Request\r\n${date}${closed}content-length: 0\r\n\r\n`],
    [
      'a NUL in the path',
      `GET /a%00b HTTP/1.1\r\n${host}\r\n`,
      `HTTP/1.1 400 Bad Request\r\n${date}${closed}content-length: 0\r\n\r\n`,
    ],
    ['an unknown method', `FOO / HTTP/1.1\r\n${host}\r\n`, bad],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', bad],
    ['a path without a slash', `GET x?h HTTP/1.1\r\n${host}\r\n`, bad],
    ['HTTP/1.0', `GET / HTTP/1.0\r\n${host}\r\n`, refusal('426 Upgrade Required', 'Upgrade Required')],
    [
      'too many headers',
      `GET / HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(100)}\r\n`,
      refusal('431 Request Header Fields Too Large', 'Request Header Fields Too Large'),
    ],
    [
      'a head beyond 60 KiB',
      `GET / HTTP/1.1\r\n${host}a: ${'b'.repeat(62_000)}\r\n\r\n`,
      refusal('431 Request Header Fields Too Large', 'Request Header Fields Too Large'),
    ],
  ]

  it.each(rows)('%s', async (_name, request, answer) => {
    const client = dial(request)
    const text = await client.until(all => plain(all).length >= answer.length)
    expect(plain(text)).toBe(answer)
    if (answer.includes(closed)) expect(plain(await client.end())).toBe(answer)
  })

  const chunked = `POST /smuggled HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n`
  const head = `POST /smuggled HTTP/1.1\r\n${host}`
  const inner = `GET /inner HTTP/1.1\r\n${host}\r\n`
  it.each([
    ['a length beside chunks', `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
    ['chunks beside a length', `${head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n${inner}`],
    ['two lengths', `${head}content-length: 5\r\ncontent-length: 0\r\n\r\n${inner}`],
    ['a list of lengths', `${head}content-length: 0, 5\r\n\r\n${inner}`],
    ['a folded line', `${head}x: y\r\n content-length: 5\r\n\r\n${inner}`],
    ['a space before the colon', `${head}content-length : 5\r\n\r\n${inner}`],
    ['a disguised coding', `${head}transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n${inner}`],
    ['another coding', `${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`],
    ['a bare line feed', `${head}x: y\ncontent-length: 5\r\n\r\n${inner}`],
    ['a bare carriage return', `${head}x: y\rcontent-length: 5\r\n\r\n${inner}`],
    ['a bad chunk size', `${chunked}0x5\r\nhello\r\n0\r\n\r\n${inner}`],
    ['a chunk size beyond numbers', `${chunked}fffffffffffffffff0\r\nhello\r\n0\r\n\r\n${inner}`],
    ['a chunk that is longer than it says', `${chunked}1\r\nhello\r\n0\r\n\r\n${inner}`],
  ])('a request smuggled by %s is refused, and so is what follows', async (_name, bytes) => {
    const text = await dial(bytes).end()
    expect(text).not.toContain('/inner')
    // A flaw found after the body began cuts the connection, for then the function has the request.
    if (!bytes.startsWith(chunked)) expect(plain(text)).toBe(bad)
  })

  it('a client that never finishes its head does not hold up another', async () => {
    const slow = Array.from({ length: 50 }, () => dial(`GET / HTTP/1.1\r\n${host}x-slow: `))
    await ask('GET /quick HTTP/1.1', host).until('you asked for /quick')
    for (const client of slow) client.send('1\r\n\r\n')
    for (const client of slow) await client.until('you asked for /')
  })
})

describe('what the function sees', () => {
  it('are the gateway’s headers and the client’s own, not those between hops', async () => {
    const text = await ask('GET /seen HTTP/1.1', `${host}X-Own: 1\r\nconnection: x-hop\r\nx-hop: 2\r\n`).until(']')
    const list = JSON.parse(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1)) as string[]
    const names = list.filter((_, index) => index % 2 === 0)
    expect(names).toContain('x-own')
    expect(names).not.toContain('x-hop')
    expect(names.slice(0, 2)).toEqual(['host', 'x-own'])
    expect(names.filter(name => name.startsWith('x-envoy'))).toEqual([
      'x-envoy-external-address',
      'x-envoy-decorator-operation',
      'x-envoy-attempt-count',
    ])
    expect(list[names.indexOf('x-request-id') * 2 + 1]).toMatch(/^[0-9a-f-]{36}$/)
  })
})
