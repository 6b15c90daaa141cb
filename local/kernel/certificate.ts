// Certificates of our own: an authority, and what it signs for servers on this machine (RFC 5280, ECDSA on P-256).
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { isIP } from 'node:net'
import { bits, boolean, context, implicit, integer, octets, oid, sequence, set, time, utf8 } from './der.ts'

/** A certificate with its private key, both as PEM. */
export interface Certificate {
  cert: string
  key: string
}

/** What can sign further certificates. */
export interface Authority extends Certificate {
  name: string
  publicKey: KeyObject
  privateKey: KeyObject
}

interface Request {
  subject: string
  publicKey: KeyObject
  issuer: { name: string; publicKey: KeyObject; privateKey: KeyObject }
  extensions: Buffer[]
  /** Milliseconds since the epoch. */
  now: number
  until: number
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const dayMs = 24 * 60 * 60 * 1000
const authorityMs = 3650 * dayMs
/** Some clients refuse servers' certificates of a longer life. */
const lifetimeMs = 397 * dayMs

/** A new authority whose own certificate clients are told to trust. `now` in milliseconds since the epoch. */
export function createAuthority(name: string, now: number): Authority {
  const { publicKey, privateKey } = newKey()
  const issuer = { name, publicKey, privateKey }
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true))),
    // keyCertSign and cRLSign, the sixth and seventh bit.
    extension('2.5.29.15', true, bits(Buffer.from([0b0000_0110]), 1)),
  ]
  const cert = issue({ subject: name, publicKey, issuer, extensions, now, until: now + authorityMs })
  return { ...issuer, cert, key: pemOf(privateKey) }
}

/** The authority whose PEM texts were kept. Throws when they are none, or not of one another. */
export function restoreAuthority({ cert, key }: Certificate): Authority {
  const read = new X509Certificate(cert)
  const privateKey = createPrivateKey(key)
  if (!read.ca || !read.checkPrivateKey(privateKey)) throw new Error('not the certificate and key of one authority')
  const name = /^CN=(.*)$/m.exec(read.subject)?.[1] ?? ''
  return { name, cert, key, privateKey, publicKey: createPublicKey(privateKey) }
}

/** A certificate for DNS names (a leading `*.` is a wildcard), addresses and SPIFFE ids; servers and clients may show it. */
export function issueCertificate(authority: Authority, names: readonly string[], now: number): Certificate {
  const { publicKey, privateKey } = newKey()
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.17', false, sequence(...names.map(alternativeName))),
  ]
  const subject = (names[0] ?? authority.name).slice(0, longestCommonName)
  const cert = issue({ subject, publicKey, issuer: authority, extensions, now, until: now + lifetimeMs })
  return { cert, key: pemOf(privateKey) }
}

/** RFC 5280 appendix A.1, ub-common-name. */
const longestCommonName = 64

function issue({ subject, publicKey, issuer, extensions, now, until }: Request): string {
  const body = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(Buffer.from([0x40, ...randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer.name),
    // A day early, for clocks that are behind.
    sequence(time(now - dayMs), time(until)),
    commonName(subject),
    spki(publicKey),
    context(3, sequence(...extensions, ...keyIdentifiers(publicKey, issuer.publicKey))),
  )
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuer.privateKey))))
}

function keyIdentifiers(subject: KeyObject, issuer: KeyObject): Buffer[] {
  return [
    extension('2.5.29.14', false, octets(keyIdentifier(subject))),
    extension('2.5.29.35', false, sequence(implicit(0, keyIdentifier(issuer)))),
  ]
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1').update(spki(key)).digest()
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(name))))
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return implicit(7, Buffer.from(name.split('.').map(Number)))
  if (isIP(name) === 6) return implicit(7, ipv6Bytes(name))
  if (name.includes('://')) return implicit(6, Buffer.from(name))
  return implicit(2, Buffer.from(name))
}

function ipv6Bytes(address: string): Buffer {
  const [before = '', after] = address.split('::')
  const groupsOf = (text: string) => text.split(':').filter(group => group !== '')
  const [head, tail] = [groupsOf(before), groupsOf(after ?? '')]
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return Buffer.from([...head, ...zeros, ...tail].map(group => group.padStart(4, '0')).join(''), 'hex')
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
