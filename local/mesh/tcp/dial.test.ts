import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { address, cluster } from '../cluster/fixture.ts'
import { afterTest, deadPort } from '../proxy/gateway-harness.ts'
import type { UpstreamTls } from '../table/cluster.ts'
import { eventually, RawClient } from '../testing/raw-client.ts'
import { type AddressEndpoint, type DialOptions, dial } from './dial.ts'
import { backendOfBytes, echoing, secureBackend } from './tcp-harness.ts'

const tls: UpstreamTls = {
  ...{ mode: 'SIMPLE', sni: 'asked.test', subjectAltNames: [], caCertificates: undefined },
  ...{ clientCertificate: undefined, privateKey: undefined, credentialName: undefined, insecureSkipVerify: true },
}

/** What became of it: `connected`, or the reason. */
function dialled(endpoint: AddressEndpoint, more: Partial<DialOptions> & { tls?: UpstreamTls } = {}) {
  const clock = new FakeClock()
  const outcomes: string[] = []
  const sockets: Socket[] = []
  const options: DialOptions = {
    ...{ clock, endpoint, originatesTls: true, secret: () => undefined },
    cluster: { ...cluster({ endpoints: [endpoint] }), tls: more.tls },
    connected: socket => {
      sockets.push(socket)
      outcomes.push('connected')
      afterTest(() => socket.on('error', () => {}).destroy())
    },
    failed: reason => outcomes.push(reason),
    ...more,
  }
  const giveUp = dial(options)
  return { clock, outcomes, sockets, giveUp }
}

function heardOn(socket: Socket, text: string): Promise<string> {
  const client = new RawClient(socket)
  socket.resume()
  return client.until(text)
}

const at = (port: number, host = '127.0.0.1') => ({ ...address(port), host }) as AddressEndpoint

describe('a connection to an endpoint', () => {
  it('is paused and half-open, so that nothing of it is lost', async () => {
    const db = await echoing('db')
    const { outcomes, sockets } = dialled(at(db.port))
    await eventually(() => outcomes.length > 0)
    expect(outcomes).toEqual(['connected'])
    const [socket] = sockets
    expect([socket?.isPaused(), socket?.allowHalfOpen]).toEqual([true, true])
    if (socket) await heardOn(socket, 'db is here')
  })

  it('may go to a socket of this machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'skiff-dial-'))
    const path = join(folder, 's')
    const server = createServer(socket => void socket.end('by path'))
    await new Promise<void>(resolve => server.listen(path, resolve))
    afterTest(() => {
      server.close()
      rmSync(folder, { recursive: true })
    })
    const { sockets } = dialled({ ...at(0), path })
    await eventually(() => sockets.length === 1)
    const [socket] = sockets
    expect(socket && (await heardOn(socket, 'by path'))).toBe('by path')
  })

  it.each([
    ['nobody listens', async () => at(await deadPort()), 'delayed connect error: Connection refused'],
    ['the port is none', async () => at(99_999), /^delayed connect error: /],
    ['the name is nobody’s', async () => at(80, 'nobody.invalid'), /^delayed connect error: (Name|Temporary)/],
  ])('fails with Envoy’s reason when %s', async (_case, endpoint, reason) => {
    const { outcomes } = dialled(await endpoint())
    await eventually(() => outcomes.length > 0)
    expect(outcomes).toEqual([expect.stringMatching(reason)])
  })

  it('with TLS is there when the handshake is done, and asks for the name of the rule', async () => {
    const db = await secureBackend('db.test')
    const { sockets } = dialled(at(db.port), { tls })
    await eventually(() => sockets.length === 1)
    const [socket] = sockets
    expect(socket && (await heardOn(socket, '\n'))).toBe('db.test asked as asked.test\n')
  })

  it('takes the client’s own TLS where the mesh already speaks it', async () => {
    const db = await echoing('db')
    const { sockets } = dialled(at(db.port), { tls, originatesTls: false })
    await eventually(() => sockets.length === 1)
    expect(sockets[0]).not.toHaveProperty('encrypted')
  })

  it('without its certificates fails, and never connects', async () => {
    const db = await secureBackend('db.test')
    const { outcomes } = dialled(at(db.port), { tls: { ...tls, credentialName: 'gone' } })
    await eventually(() => outcomes.length > 0)
    expect(outcomes).toEqual(['TLS error: Secret is not supplied by SDS'])
    expect(db.connections).toEqual([])
  })
})

describe('a connection that takes long', () => {
  const silent = () => backendOfBytes(socket => void socket.resume())

  it('is given up after connectTimeout, its handshake included', async () => {
    const { port, connections } = await silent()
    const { clock, outcomes } = dialled(at(port), { tls })
    await eventually(() => connections.length === 1)
    await clock.advance(9_999)
    expect(outcomes).toEqual([])
    await clock.advance(1)
    await eventually(() => outcomes.length > 0)
    expect(outcomes).toEqual([''])
  })

  it('may be given up by whoever asked: nothing more is heard of it', async () => {
    const { port, connections } = await silent()
    const { clock, outcomes, giveUp } = dialled(at(port), { tls })
    await eventually(() => connections.length === 1)
    giveUp()
    await clock.advance(20_000)
    await eventually(() => connections.every(socket => socket.readableEnded || socket.destroyed))
    expect(outcomes).toEqual([])
  })
})
