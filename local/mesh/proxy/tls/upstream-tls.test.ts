import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { ClientTlsSettings, DestinationRule, ServiceEntry, VirtualService } from '../../../api/istio/types.ts'
import { createAuthority, issueCertificate } from '../../../kernel/certificate.ts'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import { afterTest, ask, worldOf } from '../gateway-harness.ts'
import { type ClientCredential, noCredentials } from './credential.ts'

// A backend outside with TLS, reached by the rules of a DestinationRule.

const authority = createAuthority('outside', Date.now())
const other = createAuthority('somebody else', Date.now())
const shop = issueCertificate(authority, ['shop.test', '*.wide.test'], Date.now())
const partner = issueCertificate(authority, ['spiffe://outside/partner'], Date.now())
const client = issueCertificate(authority, ['client'], Date.now())

async function listening(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Answers with the server name it was asked for, and who the client says it is. */
function secureBackend(options: ServerOptions = shop): Promise<number> {
  const server = createServer(options, (request, answer) => {
    const { servername, getPeerCertificate } = request.socket as TLSSocket & { servername: string | false }
    const subject = getPeerCertificate.call(request.socket).subject?.CN
    answer.end(`sni=${servername} client=${subject}`)
  })
  return listening(server)
}

const meta = (name: string) => ({ name, namespace: 'app' })
const apiVersion = 'networking.istio.io/v1' as const

interface Case {
  tls: Partial<ClientTlsSettings>
  port: number
  names?: string[]
  secrets?: Record<string, ClientCredential>
}

/** What a client of the gateway is answered that asks for `host`. */
async function answerFor(host: string, { tls, port, names, secrets = {} }: Case): Promise<string> {
  const entry: ServiceEntry = {
    ...{ apiVersion, kind: 'ServiceEntry', metadata: meta('outside') },
    spec: {
      ...{ hosts: ['outside.test'], location: 'MESH_EXTERNAL', resolution: 'STATIC' },
      ports: [{ number: 443, name: 'https', protocol: 'HTTP' }],
      endpoints: [{ address: '127.0.0.1', ports: { https: port } }],
      ...(names && { subjectAltNames: names }),
    },
  }
  const rule: DestinationRule = {
    ...{ apiVersion, kind: 'DestinationRule', metadata: meta('outside') },
    spec: { host: 'outside.test', trafficPolicy: { tls: { mode: 'SIMPLE', ...tls } as ClientTlsSettings } },
  }
  const route: VirtualService = {
    ...{ apiVersion, kind: 'VirtualService', metadata: meta('outside') },
    spec: {
      ...{ hosts: ['*'], gateways: ['knative-serving/knative-ingress-gateway'] },
      http: [{ route: [{ destination: { host: 'outside.test', port: { number: 443 } } }], retries: { attempts: 0 } }],
    },
  }
  const objects = { serviceEntries: [entry], destinationRules: [rule], virtualServices: [route] }
  const certificates = { ...noCredentials, client: (name: string) => secrets[name] }
  const world = await worldOf(countedUpstreams(), { objects, certificates })
  const text = await ask(world.port, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`).end()
  return text.slice(text.indexOf('\r\n\r\n') + 4).replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, '')
}

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-tls-'))
  afterTest(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file.pem')
  writeFileSync(path, text)
  return path
}

const failed = 'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, '
const tlsError = (reason: string) => `${failed}transport failure reason: TLS_error:|${reason}:TLS_error_end`
const unverified = '268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: '
const untrusted = tlsError(
  `${unverified}X509_verify_cert: certificate verification error at depth 0: unable to get local issuer certificate`,
)

describe('SIMPLE', () => {
  it('asks for the host of the request, and takes a certificate of its CA for that host', async () => {
    const tls = { caCertificates: file(authority.cert) }
    expect(await answerFor('shop.test:8080', { tls, port: await secureBackend() })).toBe(
      'sni=shop.test client=undefined',
    )
  })

  it('takes a wildcard for a host below it', async () => {
    const tls = { caCertificates: file(authority.cert) }
    expect(await answerFor('a.wide.test', { tls, port: await secureBackend() })).toContain('sni=a.wide.test')
  })

  it('refuses a certificate for another host', async () => {
    const tls = { caCertificates: file(authority.cert) }
    const answer = await answerFor('other.test', { tls, port: await secureBackend() })
    expect(answer).toBe(tlsError(`${unverified}verify SAN list`))
  })

  it('with an SNI of its own asks for that, and takes any certificate of the CA', async () => {
    const tls = { sni: 'named.test', caCertificates: file(authority.cert) }
    expect(await answerFor('other.test', { tls, port: await secureBackend() })).toContain('sni=named.test')
  })

  it.each([
    ['a host name', ['else.test', 'shop.test'], shop, 'sni='],
    ['an id in a URI', ['spiffe://outside/partner'], partner, 'sni='],
    ['none of them', ['else.test'], shop, 'SAN matcher'],
  ])('takes a certificate for one of the names it lists: %s', async (_case, subjectAltNames, shown, answer) => {
    const tls = { subjectAltNames, caCertificates: file(authority.cert) }
    expect(await answerFor('any.test', { tls, port: await secureBackend(shown) })).toContain(answer)
  })

  it('expects the names of the ServiceEntry when the rule lists none', async () => {
    const tls = { caCertificates: file(authority.cert) }
    const one = { tls, port: await secureBackend() }
    expect(await answerFor('any.test', { ...one, names: ['shop.test'] })).toContain('sni=any.test')
    expect(await answerFor('any.test', { ...one, names: ['else.test'] })).toContain('SAN matcher')
  })

  it.each([
    ['without a CA trusts those of the machine alone', {}],
    ['the same spelled out', { caCertificates: 'system' }],
  ])('%s', async (_case, tls) => {
    expect(await answerFor('shop.test', { tls, port: await secureBackend() })).toBe(untrusted)
  })

  it('refuses a certificate of somebody else', async () => {
    const tls = { caCertificates: file(other.cert) }
    expect(await answerFor('shop.test', { tls, port: await secureBackend() })).toBe(untrusted)
  })

  it('with insecureSkipVerify takes whatever it is shown', async () => {
    const answer = await answerFor('other.test', { tls: { insecureSkipVerify: true }, port: await secureBackend() })
    expect(answer).toContain('sni=other.test')
  })

  it('names no server where the host is an address', async () => {
    const answer = await answerFor('127.0.0.1', { tls: { insecureSkipVerify: true }, port: await secureBackend() })
    expect(answer).toContain('sni=false')
  })

  it('says so when the other side speaks no TLS', async () => {
    const port = await listening(createPlain((_request, answer) => answer.end('plain')))
    const answer = await answerFor('shop.test', { tls: {}, port })
    expect(answer).toBe(tlsError('268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER'))
  })

  it('is not spoken without the file it names', async () => {
    const tls = { caCertificates: '/nowhere/ca.pem' }
    const answer = await answerFor('shop.test', { tls, port: await secureBackend() })
    expect(answer).toBe(`${failed}transport failure reason: TLS error: Secret is not supplied by SDS`)
  })
})

describe('MUTUAL', () => {
  const demanding = { ...shop, ca: authority.cert, requestCert: true, rejectUnauthorized: true }

  it('shows the certificate of its files', async () => {
    const files = { clientCertificate: file(client.cert), privateKey: file(client.key) }
    const tls = { mode: 'MUTUAL' as const, caCertificates: file(authority.cert), ...files }
    const answer = await answerFor('shop.test', { tls, port: await secureBackend(demanding) })
    expect(answer).toBe('sni=shop.test client=client')
  })

  it('shows the certificate of its Secret', async () => {
    const secrets = { partner: { certificate: client.cert, privateKey: client.key, ca: authority.cert } }
    const tls = { mode: 'MUTUAL' as const, credentialName: 'partner' }
    const answer = await answerFor('shop.test', { tls, secrets, port: await secureBackend(demanding) })
    expect(answer).toBe('sni=shop.test client=client')
  })

  it.each([
    ['is missing', {}],
    ['holds no key', { partner: { ca: authority.cert } }],
  ])('is not spoken when its Secret %s', async (_case, secrets) => {
    const tls = { mode: 'MUTUAL' as const, credentialName: 'partner' }
    const answer = await answerFor('shop.test', { tls, secrets, port: await secureBackend(demanding) })
    expect(answer).toContain('TLS error: Secret is not supplied by SDS')
  })

  it('a Secret that is replaced counts for the next connection', async () => {
    const secrets: Record<string, ClientCredential> = { partner: { ca: other.cert } }
    const tls = { credentialName: 'partner' }
    const port = await secureBackend()
    expect(await answerFor('shop.test', { tls, secrets, port })).toBe(untrusted)
    secrets.partner = { ca: authority.cert }
    expect(await answerFor('shop.test', { tls, secrets, port })).toContain('sni=shop.test')
  })
})
