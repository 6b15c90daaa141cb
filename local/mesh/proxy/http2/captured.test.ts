import { once as event } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../seams/identity.ts'
import { afterTest } from '../gateway-harness.ts'
import { echoServer, grpcClient, once } from './grpc-harness.ts'
import { ask, http2Backend, http2Client, http2World, shopWorld } from './http2-harness.ts'

const caller: Identity = { namespace: 'app', serviceAccount: 'default', labels: {}, name: 'caller-1' }

/** A tunnel of the capture to `authority`, as clients open it that know of `grpc_proxy`. */
async function tunnel(proxy: string, authority: string): Promise<Socket> {
  const { port, username, password } = new URL(proxy)
  const socket = connect(Number(port), '127.0.0.1')
  afterTest(() => socket.destroy())
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\nproxy-authorization: Basic ${auth}\r\n\r\n`)
  const [answer] = await event(socket, 'data')
  expect(String(answer)).toBe('HTTP/1.1 200 Connection Established\r\n\r\n')
  return socket
}

describe('HTTP/2 behind a CONNECT', () => {
  it('is a request of the caller, to whomever it names', async () => {
    const backend = await http2Backend()
    const { mesh, records } = await http2World(backend.port)
    await mesh.listenCapture()
    const socket = await tunnel(mesh.credential(caller).url, 'hello.app.svc.cluster.local:80')
    const answer = await ask(http2Client(0, socket), { headers: { ':authority': 'hello.app.svc.cluster.local' } })
    expect(answer).toMatchObject({ status: 200, body: 'hello', headers: { server: 'envoy' } })
    expect(records[0]?.caller).toBe(caller)
    expect(backend.requests[0]).toMatchObject({ ':authority': 'hello.app.svc.cluster.local' })
  })

  it('carries many requests, of which each may go elsewhere', async () => {
    const backend = await http2Backend()
    const { mesh } = await http2World(backend.port)
    await mesh.listenCapture()
    const socket = await tunnel(mesh.credential(caller).url, 'hello.app.svc.cluster.local:80')
    const client = http2Client(0, socket)
    const hosts = ['hello.app', 'hello.app.svc', 'hello.app.svc.cluster.local']
    const answers = await Promise.all(hosts.map(host => ask(client, { headers: { ':authority': host } })))
    expect(answers.map(({ body }) => body)).toEqual(['hello', 'hello', 'hello'])
  })

  it('is what gRPC makes of grpc_proxy', async () => {
    const { mesh } = await shopWorld(await echoServer())
    await mesh.listenCapture()
    process.env.grpc_proxy = mesh.credential(caller).url
    try {
      const client = grpcClient(80, 'backend.test', 'backend.test')
      expect(await once(client, 'hello')).toBe('echo hello')
    } finally {
      delete process.env.grpc_proxy
    }
  })
})
