import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, beforeAll, expect } from 'vitest'
import { freePort, startWorld, type World } from '../../load/world.ts'
import { createAuthority, issueCertificate } from '../../local/kernel/certificate.ts'
import { onlyLocal } from './only-local.ts'
import { eventually, skiff } from './skiff.ts'

const { describe, it } = onlyLocal('it brings Secrets and opens ports of its own at the ingress')

// TLS at the gateway of a booted runtime, as curl and other clients see it.

let world: World
let port: number
const host = 'api.greeting.localhost'
const shop = createAuthority('shop', Date.now())
const partners = createAuthority('partners', Date.now())
const partner = issueCertificate(partners, ['partner'], Date.now())

beforeAll(async () => {
  port = await freePort()
  world = await startWorld({ flags: ['--gateway-port', `443=${port}`] })
})
afterAll(() => world?.stop())

const caFile = () => join(world.stateDir, 'ca.crt')

/** What curl prints, or the code it fails with. */
function curl(...words: string[]): Promise<string> {
  return new Promise(resolve => {
    execFile('curl', ['-sS', '--max-time', '20', ...words], (error, out) => {
      resolve(error ? `curl ${error.code}` : out)
    })
  })
}

async function apply(...objects: unknown[]): Promise<void> {
  const { code, err } = await skiff(world.stateDir, ['apply', '-f', '-'], {
    stdin: objects.map(one => JSON.stringify(one)).join('\n---\n'),
  })
  if (code !== 0) throw new Error(err)
}

async function remove(...objects: unknown[]): Promise<void> {
  await skiff(world.stateDir, ['delete', '-f', '-'], { stdin: objects.map(one => JSON.stringify(one)).join('\n---\n') })
}

function secretOf(name: string, data: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'istio-system' }, stringData: data }
}

function certificateFor(names: string[]) {
  const { cert, key } = issueCertificate(shop, names, Date.now())
  return { 'tls.crt': cert, 'tls.key': key }
}

const tlsServer = (name: string, hosts: string[], tls: Record<string, unknown>) => ({
  port: { number: 443, name, protocol: 'HTTPS' },
  hosts,
  tls,
})

function gatewayOf(...servers: unknown[]) {
  return {
    ...{ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', metadata: { name: 'secure', namespace: 'default' } },
    spec: { selector: { istio: 'ingressgateway' }, servers },
  }
}

const answers = {
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  metadata: { name: 'secure', namespace: 'default' },
  spec: {
    ...{ hosts: ['*'], gateways: ['secure'] },
    http: [{ directResponse: { status: 200, body: { string: 'by the gateway' } } }],
  },
}

/** The status and the subject of the certificate shown; `closed` when the handshake or the request found no answer. */
function shake(servername: string, options: ConnectionOptions = {}): Promise<string> {
  return new Promise(resolve => {
    const trust = { ca: shop.cert, checkServerIdentity: () => undefined }
    const socket = connect({ port, host: '127.0.0.1', servername, ...trust, ...options })
    let text = ''
    let subject = ''
    socket.once('secureConnect', () => {
      subject = String(socket.getPeerCertificate().subject.CN)
      socket.write(`GET / HTTP/1.1\r\nhost: ${servername}\r\nconnection: close\r\n\r\n`)
    })
    socket.on('data', data => {
      text += data
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text === '' ? 'closed' : `${text.slice(9, 12)} ${subject}`))
  })
}

describe('the development listener', () => {
  it('answers curl with the runtime’s authority as with plain HTTP', async () => {
    const url = `https://${host}:${port}/api/greeting`
    const greeting = await curl('--cacert', caFile(), url)
    expect(greeting).toContain('Service-A')
    expect(
      await curl('--cacert', caFile(), '--http2', '-o', '/dev/null', '-w', '%{http_version} %{http_code}', url),
    ).toBe('2 200')
  })

  it('is trusted by nobody else', async () => {
    expect(await curl(`https://${host}:${port}/`)).toBe('curl 60')
  })

  it('keeps its authority for its owner alone', () => {
    expect(statSync(caFile()).mode & 0o777).toBe(0o600)
    expect(statSync(join(world.stateDir, 'ca.key')).mode & 0o777).toBe(0o600)
    expect(readFileSync(caFile(), 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/)
  })
})

describe('Gateways with TLS', () => {
  it('show the certificate of their Secret: missing, there, and replaced without a restart', async () => {
    const gateway = gatewayOf(tlsServer('https', ['shop.test'], { mode: 'SIMPLE', credentialName: 'shop' }))
    await apply(gateway, answers)
    await eventually(
      () => shake('shop.test'),
      outcome => outcome === 'closed',
    )
    await apply(secretOf('shop', certificateFor(['first.test'])))
    expect(
      await eventually(
        () => shake('shop.test'),
        outcome => outcome !== 'closed',
      ),
    ).toBe('200 first.test')
    await apply(secretOf('shop', certificateFor(['second.test'])))
    expect(
      await eventually(
        () => shake('shop.test'),
        outcome => !outcome.includes('first'),
      ),
    ).toBe('200 second.test')
    expect(await shake('other.test')).toBe('closed')
    await remove(gateway, answers, secretOf('shop', {}))
  })

  it('choose among several certificates on one port by the name asked for', async () => {
    const server = (name: string, pattern: string) =>
      tlsServer(name, [pattern], { mode: 'SIMPLE', credentialName: name })
    const gateway = gatewayOf(server('exact', 'a.shop.test'), server('wide', '*.shop.test'))
    const secrets = ['exact', 'wide'].map(name => secretOf(name, certificateFor([`${name}.test`])))
    await apply(...secrets, gateway, answers)
    expect(
      await eventually(
        () => shake('a.shop.test'),
        outcome => outcome !== 'closed',
      ),
    ).toBe('200 exact.test')
    expect(await shake('b.shop.test')).toBe('200 wide.test')
    await remove(gateway, answers, ...secrets)
  })

  it.each([
    ['MUTUAL', 'known', '200 shop.test', 'closed'],
    ['OPTIONAL_MUTUAL', 'known', '200 shop.test', '200 shop.test'],
    ['ISTIO_MUTUAL', 'without an identity of the mesh', 'closed', 'closed'],
  ])('%s: a client that is %s, and one without a certificate', async (mode, _who, known, unknown) => {
    const credential = mode === 'ISTIO_MUTUAL' ? {} : { credentialName: 'shop' }
    const gateway = gatewayOf(tlsServer('https', ['shop.test'], { mode, ...credential }))
    const secrets = [
      secretOf('shop', certificateFor(['shop.test'])),
      secretOf('shop-cacert', { cacert: partners.cert }),
    ]
    await apply(...secrets, gateway, answers)
    const withCertificate = () => shake('shop.test', { cert: partner.cert, key: partner.key })
    expect(await eventually(withCertificate, outcome => outcome === known)).toBe(known)
    expect(await shake('shop.test')).toBe(unknown)
    await remove(gateway, answers, ...secrets)
  })

  it('httpsRedirect sends plain requests for their hosts to https', async () => {
    const plain = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['moved.test'] }
    const gateway = gatewayOf({ ...plain, tls: { httpsRedirect: true } })
    await apply(gateway, answers)
    const ask = () =>
      curl(
        '-o',
        '/dev/null',
        '-w',
        '%{http_code} %header{location}',
        '-H',
        'host: moved.test',
        `http://127.0.0.1:${world.port}/p?q=1`,
      )
    expect(await eventually(ask, outcome => outcome.startsWith('301'))).toBe('301 https://moved.test/p?q=1')
    await remove(gateway, answers)
  })
})
