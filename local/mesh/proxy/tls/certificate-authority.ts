// A certificate authority of the runtime's own, for development: it vouches for any host, and nobody else trusts it.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Clock } from '../../../kernel/clock.ts'
import type { TlsCredential } from './credential.ts'
import { bits, boolean, element, integer, objectId, octets, sequence, set, tagged, time, utf8 } from './der.ts'

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'))
const commonName = objectId('2.5.4.3')
const subjectAltName = objectId('2.5.29.17')
const basicConstraints = objectId('2.5.29.19')
const keyUsage = objectId('2.5.29.15')

const dayMs = 86_400_000
/** Longer-lived ones are refused by some clients. */
const lifetimeDays = 397
/** Clients invent names: more are not remembered. */
const mostRemembered = 256

export class CertificateAuthority {
  /** PEM, to be trusted by whoever wants to. */
  readonly certificate: string
  readonly #clock: Clock
  readonly #name = 'Skiff development'
  readonly #key: KeyObject
  readonly #issued = new Map<string, TlsCredential>()

  constructor(clock: Clock) {
    this.#clock = clock
    const { privateKey, publicKey } = newKeys()
    this.#key = privateKey
    this.certificate = this.#signed(this.#name, publicKey, [
      extension(basicConstraints, sequence(boolean(true)), true),
      // keyCertSign and cRLSign.
      extension(keyUsage, element(0x03, Buffer.from([1, 0x06])), true),
    ])
  }

  /** A certificate for one host, made when it is first asked for. */
  issue(host: string): TlsCredential {
    const known = this.#issued.get(host)
    if (known) return known
    const { privateKey, publicKey } = newKeys()
    const name = element(0x82, Buffer.from(host, 'latin1'))
    const leaf = this.#signed(host, publicKey, [extension(subjectAltName, sequence(name), false)])
    const credential = {
      certificate: leaf + this.certificate,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      clientCa: undefined,
    }
    if (this.#issued.size < mostRemembered) this.#issued.set(host, credential)
    return credential
  }

  /** RFC 5280 section 4.1, version 3. */
  #signed(subject: string, key: KeyObject, extensions: readonly Buffer[]): string {
    const now = this.#clock.now()
    const body = sequence(
      tagged(0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ecdsaWithSha256,
      nameOf(this.#name),
      sequence(time(now - dayMs), time(now + lifetimeDays * dayMs)),
      nameOf(subject),
      key.export({ type: 'spki', format: 'der' }),
      tagged(3, sequence(...extensions)),
    )
    return pem(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, this.#key))))
  }
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function nameOf(text: string): Buffer {
  return sequence(set(sequence(commonName, utf8(text.slice(0, 64)))))
}

function extension(id: Buffer, value: Buffer, critical: boolean): Buffer {
  return critical ? sequence(id, boolean(true), octets(value)) : sequence(id, octets(value))
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`
}
