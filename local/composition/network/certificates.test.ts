import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Secret } from '../../api/core/types.ts'
import { createAuthority } from '../../kernel/certificate.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { gatewayCertificates } from './certificates.ts'

const clock = new FakeClock()
const authority = createAuthority('Skiff', clock.now())

function world() {
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  const put = (name: string, data: Record<string, string>, namespace = 'istio-system') => {
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
    const secret: Secret = {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
      data: Object.fromEntries(encoded),
    }
    const found = store.get<Secret>({ group: '', kind: 'Secret' }, namespace, name)
    if (found) store.update({ ...structuredClone(found), data: secret.data ?? {} })
    else store.create(secret)
  }
  return { put, certificates: gatewayCertificates({ store, authority, clock }) }
}

describe('a Secret that a Gateway names', () => {
  it('that does not exist is no certificate', () => {
    expect(world().certificates.named('cert')).toBeUndefined()
  })

  it.each([
    ['of type kubernetes.io/tls', { 'tls.crt': 'C', 'tls.key': 'K' }, { certificate: 'C', privateKey: 'K' }],
    ['with Istio’s generic keys', { cert: 'C', key: 'K' }, { certificate: 'C', privateKey: 'K' }],
    [
      'with both: the generic keys count',
      { cert: 'C', key: 'K', 'tls.crt': 'D', 'tls.key': 'L' },
      { certificate: 'C' },
    ],
    [
      'with an empty generic key: the other pair counts',
      { cert: 'C', key: '', 'tls.crt': 'D', 'tls.key': 'L' },
      { certificate: 'D' },
    ],
    ['with the clients’ CA', { 'tls.crt': 'C', 'tls.key': 'K', 'ca.crt': 'R' }, { clientCa: 'R' }],
    ['with the clients’ CA as a generic key', { cert: 'C', key: 'K', cacert: 'R', 'ca.crt': 'S' }, { clientCa: 'R' }],
  ])('%s', (_case, data, credential) => {
    const { put, certificates } = world()
    put('cert', data)
    expect(certificates.named('cert')).toMatchObject(credential)
  })

  it.each([[{}], [{ 'tls.crt': 'C' }], [{ 'tls.crt': '', 'tls.key': 'K' }]])('with %o alone is none', data => {
    const { put, certificates } = world()
    put('cert', data)
    expect(certificates.named('cert')).toBeUndefined()
  })

  it('has its clients’ CA in a Secret beside it, which goes before its own', () => {
    const { put, certificates } = world()
    put('cert', { 'tls.crt': 'C', 'tls.key': 'K', 'ca.crt': 'own' })
    put('cert-cacert', { cacert: 'beside' })
    expect(certificates.named('cert')?.clientCa).toBe('beside')
  })

  it('is read once as long as nothing changes, and again when it or the one beside it does', () => {
    const { put, certificates } = world()
    put('cert', { 'tls.crt': 'C', 'tls.key': 'K' })
    const first = certificates.named('cert')
    expect(certificates.named('cert')).toBe(first)
    put('cert-cacert', { cacert: 'R' })
    expect(certificates.named('cert')?.clientCa).toBe('R')
    put('cert', { 'tls.crt': 'D', 'tls.key': 'L' })
    expect(certificates.named('cert')).toMatchObject({ certificate: 'D', clientCa: 'R' })
  })

  it('stands in the namespace of the gateway', () => {
    const { put, certificates } = world()
    put('cert', { 'tls.crt': 'C', 'tls.key': 'K' }, 'default')
    expect(certificates.named('cert')).toBeUndefined()
  })
})

describe('a Secret that a DestinationRule names', () => {
  it('stands in the caller’s namespace, for gateways in theirs', () => {
    const { put, certificates } = world()
    put('partner', { 'tls.crt': 'C', 'tls.key': 'K', 'ca.crt': 'R' }, 'app')
    expect(certificates.client('partner', 'app')).toEqual({ certificate: 'C', privateKey: 'K', ca: 'R' })
    expect(certificates.client('partner')).toBeUndefined()
  })

  it('may hold a CA alone', () => {
    const { put, certificates } = world()
    put('partner-cacert', { cacert: 'R' })
    expect(certificates.client('partner')).toEqual({ ca: 'R' })
  })
})

describe('what the runtime issues', () => {
  const read = (pem = '') => new X509Certificate(pem)

  it('for development is good for the host asked for, and made once', () => {
    const { certificates } = world()
    const credential = certificates.development('hello.app.localhost')
    expect(read(credential?.certificate).checkHost('hello.app.localhost')).toBeDefined()
    expect(read(credential?.certificate).checkIssued(read(authority.cert))).toBe(true)
    expect(certificates.development('hello.app.localhost')).toBe(credential)
  })

  it.each(['127.0.0.1', '::1'])('for a client that names nobody is good for %s', address => {
    expect(read(world().certificates.development(undefined)?.certificate).checkIP(address)).toBe(address)
  })

  it('forgets the oldest of many names', () => {
    const { certificates } = world()
    const first = certificates.development('h0.test')
    for (let index = 1; index <= 256; index++) certificates.development(`h${index}.test`)
    expect(certificates.development('h256.test')).toBe(certificates.development('h256.test'))
    expect(certificates.development('h0.test')).not.toBe(first)
  })

  it('for the mesh names the gateway’s identity, and knows others by the same authority', () => {
    const { certificates } = world()
    const credential = certificates.mesh()
    expect(read(credential?.certificate).subjectAltName).toBe(
      'URI:spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
    )
    expect(credential?.clientCa).toBe(authority.cert)
    expect(certificates.mesh()).toBe(credential)
  })
})
