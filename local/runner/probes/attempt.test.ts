import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { attempt, type ProbeTarget } from './attempt.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

async function listening(server: Server): Promise<ProbeTarget> {
  open.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    addressOf: () => ({ host: '127.0.0.1', port }),
    env: { PATH: process.env.PATH ?? '', WORD: 'yes' },
    cwd: '/',
  }
}

describe('an http probe', () => {
  const server = () =>
    createServer((request, response) => {
      if (request.url === '/hang') return
      response.writeHead(Number(request.headers['x-status'] ?? 200), { location: '/x' }).end()
    })
  const probe = (status: number) => ({
    httpGet: { path: '/', httpHeaders: [{ name: 'x-status', value: String(status) }] },
  })

  it.each([200, 204, 302, 399])('passes with %i', async status => {
    await attempt(probe(status), await listening(server()), 1_000)
  })

  it.each([400, 404, 500, 503])('fails with %i and says so', async status => {
    await expect(attempt(probe(status), await listening(server()), 1_000)).rejects.toThrow(`statuscode: ${status}`)
  })

  it('fails when no answer comes in time', async () => {
    await expect(attempt({ httpGet: { path: '/hang' } }, await listening(server()), 50)).rejects.toThrow('within 50 ms')
  })
})

describe('a tcp probe', () => {
  it('passes when someone listens and fails when nobody does', async () => {
    const server = createTcpServer()
    const target = await listening(server)
    await attempt({ tcpSocket: { port: 0 } }, target, 1_000)
    await new Promise(resolve => server.close(resolve))
    await expect(attempt({ tcpSocket: { port: 0 } }, target, 1_000)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('an exec probe', () => {
  const exec = async (...command: string[]) => attempt({ exec: { command } }, await listening(createTcpServer()), 500)

  it('passes with exit code 0 and sees the environment of the container', async () => {
    await exec('sh', '-c', '[ "$WORD" = yes ]')
  })

  it('fails with what the command printed, when it takes too long, and when there is none', async () => {
    await expect(exec('sh', '-c', 'echo not yet >&2; exit 1')).rejects.toThrow('not yet')
    await expect(exec('sleep', '5')).rejects.toThrow('timed out after 500 ms')
    await expect(exec('no-such-command')).rejects.toThrow('no-such-command')
  })
})

describe('a grpc probe', () => {
  /** A health service that answers `health` for service "db" and 5 (not found) for others. */
  const server = (health: number) =>
    createHttp2Server().on('stream', (stream, headers) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: string | Buffer) => chunks.push(Buffer.from(chunk)))
      stream.on('end', () => {
        const known =
          headers[':path'] === '/grpc.health.v1.Health/Check' && Buffer.concat(chunks).subarray(7).toString() === 'db'
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : '5' }))
        stream.end(known ? Buffer.from([0, 0, 0, 0, 2, 0x08, health]) : undefined)
      })
    })

  it('passes when the service serves', async () => {
    await attempt({ grpc: { service: 'db' } }, await listening(server(1) as unknown as Server), 1_000)
  })

  it('fails when it does not serve, is unknown, or nobody speaks gRPC', async () => {
    await expect(
      attempt({ grpc: { service: 'db' } }, await listening(server(2) as unknown as Server), 1_000),
    ).rejects.toThrow('is 2')
    await expect(
      attempt({ grpc: { service: 'x' } }, await listening(server(1) as unknown as Server), 1_000),
    ).rejects.toThrow('grpc-status 5')
    const mute = createTcpServer(() => {})
    await expect(attempt({ grpc: {} }, await listening(mute), 100)).rejects.toThrow('within 100 ms')
  })
})
