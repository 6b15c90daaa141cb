// Commands in pods over the wire: WebSocket with Node's own client, SPDY with a client of a few lines.
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { constants, createDeflate } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiClient } from '../../api/client.ts'
import { createRegistry } from '../../api/registry.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { ExecOptions, Execution } from '../../seams/execution.ts'
import { headerDictionary, uint32 } from './spdy-dictionary.ts'
import { answerUpgrade } from './upgrade.ts'

let server: Server
let port: number
let asked: ExecOptions[]
let sizes: [number, number][]
let killed: number

/** A real program with pipes stands for the container. */
function exec(_namespace: string, pod: string, options: ExecOptions): Execution | undefined {
  asked.push(options)
  if (pod === 'ended') return undefined
  const [program = '', ...words] = options.command
  if (program === 'missing') throw new Error('exec: "missing": executable file not found in $PATH')
  const child = spawn(program, words, { stdio: 'pipe' })
  child.stdin.on('error', () => {})
  const { stdin, stdout, stderr } = child
  const exited = new Promise<number>(resolve => child.once('close', code => resolve(code ?? 137)))
  const kill = () => {
    killed++
    child.kill('SIGKILL')
  }
  return { stdin, stdout, stderr, exited, kill, resize: (columns, rows) => void sizes.push([columns, rows]) }
}

beforeEach(async () => {
  asked = []
  sizes = []
  killed = 0
  const clock = new FakeClock()
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  const registry = createRegistry()
  const client = new ApiClient({ store, registry, clock })
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
  for (const name of ['p', 'ended']) {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'n' } }
    store.create({ ...pod, spec: { containers: [{ name: 'main' }, { name: 'side' }] } } as never)
  }
  server = createServer()
  const guard = ({ headers }: { headers: Record<string, unknown> }) => {
    if (headers.forbidden) throw new Error('no')
  }
  server.on('upgrade', (request, socket, head) => {
    void answerUpgrade({ client, registry, log: () => {}, exec }, guard as never, request, socket as Socket, head)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function pathOf(command: readonly string[], more: Record<string, string> = {}, pod = 'p'): string {
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true', ...more })
  for (const word of command) query.append('command', word)
  return `/api/v1/namespaces/n/pods/${pod}/exec?${query}`
}

interface Session {
  socket: WebSocket
  /** Text by channel. */
  channels: Record<number, string>
  closed: Promise<number>
}

function open(path: string, protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']): Promise<Session> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols)
  socket.binaryType = 'arraybuffer'
  const channels: Record<number, string> = {}
  socket.onmessage = ({ data }) => {
    const [channel = 0, ...content] = Buffer.from(data as ArrayBuffer)
    channels[channel] = (channels[channel] ?? '') + Buffer.from(content).toString()
  }
  const closed = new Promise<number>(resolve => {
    socket.onclose = ({ code }) => resolve(code)
  })
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve({ socket, channels, closed })
    socket.onerror = () => reject(new Error('refused'))
  })
}

const send = ({ socket }: Session, channel: number, content: string) =>
  socket.send(new Uint8Array([channel, ...Buffer.from(content)]))

describe('a command over WebSocket', () => {
  it('sends its output by channel, and its exit code as a Status', async () => {
    const session = await open(pathOf(['sh', '-c', 'echo out; echo err >&2; exit 7']))
    expect(await session.closed).toBe(1000)
    const { 1: out, 2: err, 3: status = '' } = session.channels
    expect([out, err]).toEqual(['out\n', 'err\n'])
    expect(JSON.parse(status)).toMatchObject({
      ...{ status: 'Failure', reason: 'NonZeroExitCode' },
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    })
  })

  it('reads what is typed until the client closes that channel', async () => {
    const session = await open(pathOf(['cat'], { stdin: 'true' }))
    expect(session.socket.protocol).toBe('v5.channel.k8s.io')
    send(session, 0, 'typed ')
    send(session, 0, 'words')
    session.socket.send(new Uint8Array([255, 0]))
    await session.closed
    expect(session.channels[1]).toBe('typed words')
    expect(JSON.parse(session.channels[3] ?? '')).toEqual({ metadata: {}, status: 'Success' })
  })

  it('megabytes go through, in order', async () => {
    const session = await open(pathOf(['sh', '-c', 'i=0; while [ $i -lt 60000 ]; do echo line $i; i=$((i+1)); done']))
    await session.closed
    const lines = (session.channels[1] ?? '').trimEnd().split('\n')
    expect(lines).toHaveLength(60_000)
    expect(lines.at(-1)).toBe('line 59999')
  })

  it('hears of the size of the terminal, and of nothing that is none', async () => {
    const session = await open(pathOf(['cat'], { stdin: 'true', tty: 'true' }))
    for (const text of ['{"Width":80,"Height":24}', '{"Width":-1,"Height":24}', 'x']) send(session, 4, text)
    session.socket.send(new Uint8Array([255, 0]))
    await session.closed
    expect(sizes).toEqual([[80, 24]])
    expect(asked).toEqual([{ command: ['cat'], tty: true, container: 'main' }])
  })

  it('ends with the client', async () => {
    const session = await open(pathOf(['sleep', '60'], { stdin: 'true' }))
    session.socket.close()
    await expect.poll(() => killed).toBe(1)
  })

  it('that cannot be started says so and ends as a shell would', async () => {
    const session = await open(pathOf(['missing']))
    await session.closed
    expect(session.channels[2]).toContain('executable file not found')
    expect(session.channels[3]).toContain('"message":"127"')
  })

  it('in a container that ended fails in words', async () => {
    const session = await open(pathOf(['ls'], {}, 'ended'))
    await session.closed
    expect(JSON.parse(session.channels[3] ?? '')).toMatchObject({ status: 'Failure', code: 500 })
  })
})

/** What a refused request is answered, as text. */
function answerTo(path: string, headers: Record<string, string>, method = 'GET'): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const lines = Object.entries({ Host: 'x', Connection: 'Upgrade', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    let text = ''
    socket.on('data', data => {
      text += data
    })
    socket.on('close', () => resolve(text))
  })
}

describe('what cannot be', () => {
  const webSocket = { Upgrade: 'websocket', 'Sec-WebSocket-Key': 'eA==', 'Sec-WebSocket-Version': '13' }
  const spoken = { ...webSocket, 'Sec-WebSocket-Protocol': 'v4.channel.k8s.io' }
  it.each([
    ['no command', pathOf([]), spoken, 400, 'at least 1 command'],
    ['an unknown pod', pathOf(['ls'], {}, 'nobody'), spoken, 404, 'pods \\"nobody\\" not found'],
    ['an unknown container', pathOf(['ls'], { container: 'x' }), spoken, 400, 'it has: main, side'],
    [
      'an old protocol',
      pathOf(['ls']),
      { ...webSocket, 'Sec-WebSocket-Protocol': 'channel.k8s.io' },
      400,
      'exec speaks',
    ],
    ['a port', '/api/v1/namespaces/n/pods/p/portforward', spoken, 400, 'port-forward is not needed here'],
    ['a process to attach to', '/api/v1/namespaces/n/pods/p/attach', spoken, 400, 'read what they write with logs -f'],
    ['another resource', '/api/v1/namespaces/n/configmaps/p/exec', spoken, 404, 'could not find'],
    ['a path that is none', '/nothing', spoken, 404, 'could not find'],
    ['somebody who may not', pathOf(['ls']), { ...spoken, forbidden: '1' }, 500, 'Internal error'],
  ])('%s is refused in words', async (_, path, headers, code, sentence) => {
    const answer = await answerTo(path, headers)
    expect(answer).toContain(`HTTP/1.1 ${code} `)
    expect(answer).toContain(sentence)
  })
})

/** Enough of SPDY/3.1 to be kubectl before 1.31. */
class SpdyClient {
  readonly streams: Record<number, string> = {}
  readonly finished = new Set<number>()
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #deflate = createDeflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH })
  #waiting = Buffer.alloc(0)
  #upgraded = false

  constructor(path: string) {
    this.#socket = connect(port, '127.0.0.1')
    const lines = [
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      'X-Stream-Protocol-Version: v4.channel.k8s.io',
    ]
    this.#socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    this.#socket.on('data', data => this.#read(data))
    this.closed = new Promise(resolve => this.#socket.once('close', () => resolve()))
  }

  async open(id: number, streamType: string): Promise<void> {
    const text = (value: string) => Buffer.concat([uint32(value.length), Buffer.from(value)])
    this.#deflate.write(Buffer.concat([uint32(1), text('streamtype'), text(streamType)]))
    const block = await new Promise<Buffer>(resolve => this.#deflate.flush(() => resolve(this.#deflate.read())))
    const body = Buffer.concat([uint32(id), uint32(0), Buffer.alloc(2), block])
    this.#socket.write(Buffer.concat([uint32(0x80030001), uint32(body.length), body]))
  }

  send(id: number, content: string, last = false): void {
    const data = Buffer.from(content)
    this.#socket.write(Buffer.concat([uint32(id), uint32((last ? 0x01000000 : 0) | data.length), data]))
  }

  #read(data: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, data])
    if (!this.#upgraded) {
      const end = this.#waiting.indexOf('\r\n\r\n')
      if (end < 0) return
      this.#upgraded = true
      this.#waiting = this.#waiting.subarray(end + 4)
    }
    for (;;) {
      if (this.#waiting.length < 8) return
      const length = this.#waiting.readUInt32BE(4) & 0xffffff
      if (this.#waiting.length < 8 + length) return
      const id = this.#waiting.readUInt32BE(0)
      if (id < 0x80000000) {
        this.streams[id] = (this.streams[id] ?? '') + this.#waiting.toString('utf8', 8, 8 + length)
        if (this.#waiting[4] === 1) this.finished.add(id)
      }
      this.#waiting = this.#waiting.subarray(8 + length)
    }
  }
}

describe('a command over SPDY', () => {
  it('does the same, stream by stream', async () => {
    const client = new SpdyClient(pathOf(['sh', '-c', 'cat; echo err >&2; exit 3'], { stdin: 'true' }))
    await client.open(1, 'error')
    await client.open(3, 'stdin')
    await client.open(5, 'stdout')
    await client.open(7, 'stderr')
    client.send(3, 'typed')
    client.send(3, '', true)
    await client.closed
    expect(client.streams).toMatchObject({ 5: 'typed', 7: 'err\n' })
    expect(client.streams[1]).toContain('"message":"3"')
    expect([...client.finished].sort()).toEqual([1, 5, 7])
  })

  it('hears of the size of the terminal', async () => {
    const client = new SpdyClient(pathOf(['cat'], { stdin: 'true', stderr: 'false', tty: 'true' }))
    for (const [id, type] of [
      [1, 'error'],
      [3, 'stdin'],
      [5, 'stdout'],
      [7, 'resize'],
    ] as const)
      await client.open(id, type)
    client.send(7, '{"Width":100,"Height":30}')
    client.send(3, '', true)
    await client.closed
    expect(sizes).toEqual([[100, 30]])
  })

  it('garbage ends the connection', async () => {
    const client = new SpdyClient(pathOf(['cat']))
    client.send(0x80070001, 'x'.repeat(20))
    await client.closed
    expect(asked).toEqual([])
  })
})
