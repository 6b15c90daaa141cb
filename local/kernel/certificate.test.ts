import { X509Certificate } from 'node:crypto'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate, restoreAuthority } from './certificate.ts'

const now = Date.parse('2026-11-21T08:00:00Z')
const authority = createAuthority('skiff', now)
const served = issueCertificate(authority, ['localhost', '*.app.localhost', '127.0.0.1', '::1', 'fe80::12'], now)

describe('an authority', () => {
  const read = new X509Certificate(authority.cert)

  it('signs itself and may sign others', () => {
    expect(read.verify(read.publicKey)).toBe(true)
    expect(read.ca).toBe(true)
    expect(read.subject).toBe('CN=skiff')
  })

  it('is another one each time', () => {
    const other = new X509Certificate(createAuthority('skiff', now).cert)
    expect(other.serialNumber).not.toBe(read.serialNumber)
    expect(other.verify(read.publicKey)).toBe(false)
  })
})

describe('an authority that was kept', () => {
  it('signs on', () => {
    const kept = restoreAuthority({ cert: authority.cert, key: authority.key })
    expect(kept.name).toBe('skiff')
    const read = new X509Certificate(issueCertificate(kept, ['localhost'], now).cert)
    expect(read.checkIssued(new X509Certificate(authority.cert))).toBe(true)
    expect(read.verify(authority.publicKey)).toBe(true)
  })

  it.each([
    ['another’s key', () => ({ cert: authority.cert, key: createAuthority('other', now).key })],
    ['a server’s certificate', () => served],
    ['no certificate', () => ({ cert: 'none', key: authority.key })],
    ['no key', () => ({ cert: authority.cert, key: '' })],
  ])('is refused with %s', (_case, texts) => expect(() => restoreAuthority(texts())).toThrow())
})

describe('a certificate', () => {
  const read = new X509Certificate(served.cert)

  it('is signed by its authority and signs nobody', () => {
    const issuer = new X509Certificate(authority.cert)
    expect(read.verify(issuer.publicKey)).toBe(true)
    expect(read.checkIssued(issuer)).toBe(true)
    expect(read.ca).toBe(false)
  })

  it.each(['localhost', 'hello.app.localhost'])('is good for the host %s', host => {
    expect(read.checkHost(host)).toBeDefined()
  })

  it.each(['example.com', 'deep.hello.app.localhost'])('is not good for the host %s', host => {
    expect(read.checkHost(host)).toBeUndefined()
  })

  it.each(['127.0.0.1', '::1', 'fe80::12'])('is good for the address %s', address => {
    expect(read.checkIP(address)).toBe(address)
  })

  it('holds from a day before its making for thirteen months', () => {
    expect(new Date(read.validFrom).toISOString()).toBe('2026-11-20T08:00:00.000Z')
    expect(new Date(read.validTo).toISOString()).toBe('2027-12-23T08:00:00.000Z')
  })

  it('names an identity of the mesh by its URI', () => {
    const { cert } = issueCertificate(authority, ['spiffe://cluster.local/ns/app/sa/default'], now)
    expect(new X509Certificate(cert).subjectAltName).toBe('URI:spiffe://cluster.local/ns/app/sa/default')
  })

  it('of a long name has its first 64 characters as the common name', () => {
    const host = `${'a'.repeat(60)}.example.org`
    const long = new X509Certificate(issueCertificate(authority, [host], now).cert)
    expect(long.subject).toBe(`CN=${host.slice(0, 64)}`)
    expect(long.checkHost(host)).toBe(host)
  })

  it('is for servers and clients', () => {
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  it('that ends after 2049 is written with four digits of the year', () => {
    const late = issueCertificate(authority, ['localhost'], Date.parse('2049-01-01T00:00:00Z'))
    expect(new Date(new X509Certificate(late.cert).validTo).getUTCFullYear()).toBe(2050)
  })

  it('is taken in a handshake by whoever trusts the authority, and by nobody else', async () => {
    const server = createServer({ cert: served.cert, key: served.key }, socket => socket.end('hello'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const shake = (ca?: string) =>
      new Promise<string>(resolve => {
        const socket: TLSSocket = connect({ host: '127.0.0.1', port, ...(ca ? { ca } : {}) }, () => resolve('trusted'))
        socket.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
        socket.on('data', () => socket.destroy())
      })
    expect(await shake(authority.cert)).toBe('trusted')
    expect(await shake()).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    expect(await shake(createAuthority('other', now).cert)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    await new Promise(resolve => server.close(resolve))
  })
})
