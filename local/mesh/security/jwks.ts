// The key sets of token issuers: written inline, or fetched from their URL and kept.
import type { JWK } from 'jose'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { JwtError } from './jwt.ts'

export interface KeySource {
  /** A key set as JSON, in place of a URL. */
  inline: string | undefined
  /** Where the key set is; without either it is looked up at the issuer (OpenID discovery). */
  uri: string | undefined
  issuer: string
}

/** Gets the text behind a URL; rejects when there is none. */
export type FetchText = (url: string) => Promise<string>

/** Istio asks again after this long (PILOT_JWT_PUB_KEY_REFRESH_INTERVAL). */
const refreshMs = 20 * 60_000
/** A token that no known key fits may be signed with a new one: asked for at most this often. */
const leastPauseMs = 1_000

interface Fetched {
  keys: Promise<readonly JWK[]>
  at: number
}

/** Key sets by source. A failed fetch is tried again with the next request that needs it, after a second. */
export class KeySets {
  readonly #clock: Clock
  readonly #log: Log
  readonly #fetch: FetchText
  readonly #fetched = new Map<string, Fetched>()

  constructor(options: { clock: Clock; log: Log; fetch: FetchText }) {
    this.#clock = options.clock
    this.#log = options.log
    this.#fetch = options.fetch
  }

  /** `fits` says whether the keys known now can be the right ones. Rejects with `JwtError`. */
  async keys(source: KeySource, fits: (key: JWK) => boolean): Promise<readonly JWK[]> {
    if (source.inline !== undefined) return parseKeySet(source.inline)
    const name = source.uri ?? source.issuer
    const known = this.#fetched.get(name)
    const age = known ? this.#clock.now() - known.at : Number.POSITIVE_INFINITY
    if (known && age < leastPauseMs) return known.keys
    if (known && age < refreshMs) {
      const keys = await known.keys.catch(() => [])
      if (keys.some(fits)) return keys
    }
    const keys = this.#load(source)
    this.#fetched.set(name, { keys, at: this.#clock.now() })
    return keys
  }

  async #load({ uri, issuer }: KeySource): Promise<readonly JWK[]> {
    try {
      return parseKeySet(await this.#fetch(uri ?? (await this.#discover(issuer))))
    } catch (error) {
      this.#log('warn', `the keys of ${issuer} could not be fetched: ${messageOf(error)}`, { uri })
      // Istio then hands its proxies a key that nothing is signed with.
      throw new JwtError("Jwks doesn't have key to match kid or alg from Jwt")
    }
  }

  async #discover(issuer: string): Promise<string> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const document: unknown = JSON.parse(await this.#fetch(url))
    const uri =
      document !== null && typeof document === 'object' && 'jwks_uri' in document ? document.jwks_uri : undefined
    if (typeof uri !== 'string') throw new Error(`${url} names no jwks_uri`)
    return uri
  }
}

/** Throws `JwtError` when it is no key set. */
export function parseKeySet(text: string): readonly JWK[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new JwtError('Jwks is an invalid JSON')
  }
  if (value === null || typeof value !== 'object' || !('keys' in value)) {
    throw new JwtError('Jwks does not have [keys] field')
  }
  if (!Array.isArray(value.keys)) throw new JwtError('[keys] in Jwks is not an array')
  const keys = value.keys.filter((key): key is JWK => key !== null && typeof key === 'object' && 'kty' in key)
  if (keys.length === 0) throw new JwtError("Jwks doesn't have any valid public key")
  return keys
}
