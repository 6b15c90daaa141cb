import { connect as connectHttp2 } from 'node:http2'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { Gateway, VirtualService } from '../../../api/istio/types.ts'
import { type Authority, createAuthority, issueCertificate } from '../../../kernel/certificate.ts'
import { answering } from '../../testing/backend.ts'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import { RawClient } from '../../testing/raw-client.ts'
import { afterTest, backendOf, worldOf } from '../gateway-harness.ts'
import { noCredentials, type TlsCredential } from './credential.ts'

const authority = createAuthority('servers', Date.now())
const clients = createAuthority('clients', Date.now())

function issue(host: string, by: Authority = authority): TlsCredential {
  const { cert, key } = issueCertificate(by, [host], Date.now())
  return { certificate: cert + by.cert, privateKey: key, clientCa: undefined }
}

interface Server {
  host: string
  mode: 'SIMPLE' | 'MUTUAL' | 'OPTIONAL_MUTUAL' | 'ISTIO_MUTUAL'
  credentialName?: string
  minProtocolVersion?: 'TLSV1_3'
}

function gateway(servers: readonly Server[]): Gateway {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'secure', namespace: 'app' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: servers.map(({ host, ...tls }, index) => ({
        port: { number: 443, name: `https-${index}`, protocol: 'HTTPS' },
        hosts: [host],
        tls,
      })),
    },
  }
}

const everything: VirtualService = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'everything', namespace: 'app' },
  spec: {
    hosts: ['*'],
    gateways: ['secure'],
    http: [{ route: [{ destination: { host: 'hello-00001.app.svc.cluster.local', port: { number: 80 } } }] }],
  },
}

/** A gateway whose port 443 has these servers; none of them: the development listener. */
async function secureWorld(servers: readonly Server[], secrets: Readonly<Record<string, TlsCredential>> = {}) {
  const backend = await backendOf(answering())
  const certificates = {
    ...noCredentials,
    named: (name: string) => secrets[name],
    development: (name = 'localhost') => issue(name),
    mesh: () => ({ ...issue('spiffe://cluster.local/ns/istio-system/sa/gateway'), clientCa: clients.cert }),
  }
  const objects = servers.length > 0 ? { gateways: [gateway(servers)], virtualServices: [everything] } : {}
  const world = await worldOf(countedUpstreams(backend.port), { certificates, objects })
  const secure = await world.mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort: 443 })
  return { ...world, backend, port: secure.port }
}

/** The connection once its handshake is done; rejects when it is turned down. */
function shake(port: number, servername: string, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername, ca: authority.cert, ...more })
  afterTest(() => socket.destroy())
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket)).once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
  })
}

async function get(socket: TLSSocket, host: string): Promise<string> {
  return new RawClient(socket).send(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`).end()
}

const site = (host: string, credentialName = 'cert'): Server => ({ host, mode: 'SIMPLE', credentialName })

describe('a TLS server of a Gateway', () => {
  it('shows the certificate of its Secret and passes the request on as https', async () => {
    const { port, backend } = await secureWorld([site('shop.example.org')], {
      cert: issue('shop.example.org'),
    })
    const socket = await shake(port, 'shop.example.org')
    expect(socket.authorized).toBe(true)
    await get(socket, 'shop.example.org')
    expect(backend.received[0]).toContain('x-forwarded-proto: https\r\n')
  })

  it('is not served while its Secret is missing', async () => {
    const { port } = await secureWorld([site('shop.example.org')])
    await expect(shake(port, 'shop.example.org')).rejects.toThrow()
  })

  it('takes a Secret that comes, and one that is replaced, at once', async () => {
    const secrets: Record<string, TlsCredential> = {}
    const { port } = await secureWorld([site('*.example.org')], secrets)
    secrets.cert = issue('a.example.org')
    const first = await shake(port, 'a.example.org')
    secrets.cert = issue('b.example.org')
    const second = await shake(port, 'b.example.org')
    expect([first.authorized, second.authorized]).toEqual([true, true])
  })

  it('whose Secret holds no certificate is not served, and the log says why', async () => {
    const cert = { certificate: 'x', privateKey: 'y', clientCa: undefined }
    const { port, logged } = await secureWorld([site('shop.example.org')], { cert })
    await expect(shake(port, 'shop.example.org')).rejects.toThrow()
    expect(logged[0]).toMatch(/^gateway port 443: Secret cert cannot be used: /)
  })

  it('is chosen by the name the client asks for: exact, then the longest wildcard', async () => {
    const servers = [site('*.example.org', 'wide'), site('*.a.example.org', 'narrow'), site('x.a.example.org', 'exact')]
    const secrets = Object.fromEntries(['wide', 'narrow', 'exact'].map(name => [name, issue(`${name}.test`)]))
    const { port } = await secureWorld(servers, secrets)
    const subjectAt = async (name: string) =>
      (await shake(port, name, { checkServerIdentity: () => undefined })).getPeerCertificate().subject.CN
    expect(await subjectAt('b.example.org')).toBe('wide.test')
    expect(await subjectAt('b.a.example.org')).toBe('narrow.test')
    expect(await subjectAt('x.a.example.org')).toBe('exact.test')
    await expect(subjectAt('example.com')).rejects.toThrow()
  })

  it('turns away versions below its own', async () => {
    const servers: Server[] = [{ ...site('shop.example.org'), minProtocolVersion: 'TLSV1_3' }]
    const { port } = await secureWorld(servers, { cert: issue('shop.example.org') })
    await expect(shake(port, 'shop.example.org', { maxVersion: 'TLSv1.2' })).rejects.toThrow()
    expect((await shake(port, 'shop.example.org')).getProtocol()).toBe('TLSv1.3')
  })
})

describe('mutual TLS', () => {
  const credential = { ...issue('m.example.org'), clientCa: clients.cert }
  const known = issue('client', clients)
  const stranger = issue('stranger')
  const shown = ({ certificate, privateKey }: TlsCredential) => ({ cert: certificate, key: privateKey })

  async function outcome(mode: Server['mode'], client: ConnectionOptions): Promise<string> {
    const { port } = await secureWorld([{ host: 'm.example.org', mode, credentialName: 'cert' }], { cert: credential })
    try {
      const anyName = { checkServerIdentity: () => undefined }
      const socket = await shake(port, 'm.example.org', { ...client, ...anyName })
      return (await get(socket, 'm.example.org')).slice(0, 12) || 'closed'
    } catch {
      return 'closed'
    }
  }

  it.each([
    ['MUTUAL', 'a client its ca.crt vouches for', shown(known), true],
    ['MUTUAL', 'a client of somebody else', shown(stranger), false],
    ['MUTUAL', 'a client without a certificate', {}, false],
    ['OPTIONAL_MUTUAL', 'a client its ca.crt vouches for', shown(known), true],
    ['OPTIONAL_MUTUAL', 'a client without a certificate', {}, true],
    ['OPTIONAL_MUTUAL', 'a client of somebody else', shown(stranger), false],
    ['ISTIO_MUTUAL', 'a client with an identity of the mesh', shown(known), true],
    ['ISTIO_MUTUAL', 'a client without a certificate', {}, false],
  ] as const)('%s, %s: %#', async (mode, _who, client, served) => {
    expect(await outcome(mode, client)).toBe(served ? 'HTTP/1.1 200' : 'closed')
  })
})

describe('the development listener', () => {
  it('has a certificate for whatever host is asked for, and the hosts of plain HTTP', async () => {
    const { port, backend } = await secureWorld([])
    const socket = await shake(port, 'hello.app.localhost')
    expect(await get(socket, 'hello.app.localhost')).toContain('HTTP/1.1 200 OK')
    expect(backend.received[0]).toContain('x-forwarded-proto: https\r\n')
  })

  it('answers a client that names no server', async () => {
    const { port } = await secureWorld([])
    const socket = await shake(port, '', { checkServerIdentity: () => undefined })
    expect(socket.getPeerCertificate().subject.CN).toBe('localhost')
  })

  it('hangs up on what is no TLS', async () => {
    const { port } = await secureWorld([])
    const plain = new RawClient(port).send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await plain.end()).not.toContain('HTTP/1.1 200')
  })

  it('lets a request finish while the mesh closes', async () => {
    const { mesh, port, upstreams } = await secureWorld([])
    const granted = Promise.withResolvers<ReturnType<typeof upstreams.grant>>()
    const asked = Promise.withResolvers<void>()
    upstreams.instead = () => {
      asked.resolve()
      return { granted: granted.promise, cancel: () => {} }
    }
    const socket = await shake(port, 'hello.app.localhost')
    const answer = get(socket, 'hello.app.localhost')
    await asked.promise
    const closed = mesh.close(10_000)
    granted.resolve(upstreams.grant())
    expect(await answer).toContain('HTTP/1.1 200 OK')
    await closed
  })
})

describe('HTTP/2', () => {
  it('is offered, and spoken with clients that choose it', async () => {
    const { port } = await secureWorld([site('shop.example.org')], { cert: issue('shop.example.org') })
    const session = connectHttp2('https://shop.example.org', {
      createConnection: () =>
        connect({
          port,
          host: '127.0.0.1',
          servername: 'shop.example.org',
          ca: authority.cert,
          ALPNProtocols: ['h2', 'http/1.1'],
        }),
    })
    afterTest(() => session.destroy())
    const stream = session.request({ ':path': '/' })
    const status = await new Promise(resolve => stream.once('response', headers => resolve(headers[':status'])))
    expect(status).toBe(200)
  })
})
