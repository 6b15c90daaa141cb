// Reads a JSON Web Token and checks its signature, with Envoy's words for everything that can be wrong with it.
import type { JWK } from 'jose'
import type { Claims } from './checked-request.ts'

export interface Jwt {
  text: string
  algorithm: string
  keyId: string
  issuer: string
  audiences: readonly string[]
  /** Seconds since the epoch; 0 when the token does not say. */
  notBefore: number
  expires: number
  claims: Claims
  /** The middle part as it stands in the token. */
  payload: string
}

/** What is wrong, in the words of Envoy's JWT library (source/common/jwt/status.cc). */
export class JwtError extends Error {
  /** Wrong audiences are answered 403, everything else 401. */
  readonly status: number

  constructor(message: string, status = 401) {
    super(message)
    this.name = 'JwtError'
    this.status = status
  }
}

const algorithms = new Set(
  ['RS', 'PS', 'ES', 'HS'].flatMap(family => [256, 384, 512].map(bits => `${family}${bits}`)).concat('EdDSA'),
)

/** Times may be off by this much (Envoy's kClockSkewInSecond). */
const clockSkewSeconds = 60

/** Throws `JwtError`. The signature is not looked at. */
export function parseJwt(text: string): Jwt {
  const parts = text.split('.').filter(part => part !== '')
  if (parts.length !== 3) {
    throw new JwtError('Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections')
  }
  const [head = '', payload = '', signature = ''] = parts
  const header = jsonPart(head, 'Jwt header')
  const algorithm = header.alg
  if (typeof algorithm !== 'string') throw new JwtError('Jwt header [alg] field is required and must be a string')
  if (!algorithms.has(algorithm)) throw new JwtError('Jwt header [alg] is not supported')
  if (header.kid !== undefined && typeof header.kid !== 'string') {
    throw new JwtError('Jwt header [kid] field is not a string')
  }
  const claims = jsonPart(payload, 'Jwt payload')
  const issuer = textClaim(claims, 'iss')
  textClaim(claims, 'sub')
  timeClaim(claims, 'iat')
  const notBefore = timeClaim(claims, 'nbf')
  const expires = timeClaim(claims, 'exp')
  textClaim(claims, 'jti')
  const audiences = audienceClaim(claims.aud)
  if (!isBase64Url(signature)) throw new JwtError('Jwt signature is an invalid Base64url encoded')
  return { text, algorithm, keyId: header.kid ?? '', issuer, audiences, notBefore, expires, claims, payload }
}

/** Throws `JwtError` when the token is not valid at `nowMs`. */
export function checkTimes(jwt: Jwt, nowMs: number): void {
  const now = Math.floor(nowMs / 1_000)
  if (now + clockSkewSeconds < jwt.notBefore) throw new JwtError('Jwt not yet valid')
  if (jwt.expires > 0 && now > jwt.expires + clockSkewSeconds) throw new JwtError('Jwt is expired')
}

/** Tries every key that fits the token's `kid` and `alg`. Throws `JwtError`. */
export async function checkSignature(jwt: Jwt, keys: readonly JWK[]): Promise<void> {
  const fitting = keys.filter(key => fitsToken(key, jwt))
  if (fitting.length === 0) throw new JwtError("Jwks doesn't have key to match kid or alg from Jwt")
  for (const key of fitting) {
    if (await isSignedBy(jwt, key)) return
  }
  throw new JwtError('Jwt verification fails')
}

export function fitsToken(key: JWK, jwt: Jwt): boolean {
  return (!jwt.keyId || !key.kid || key.kid === jwt.keyId) && (!key.alg || key.alg === jwt.algorithm)
}

async function isSignedBy(jwt: Jwt, key: JWK): Promise<boolean> {
  // Loaded with the first token: most systems never see one.
  const { compactVerify, importJWK } = await import('jose')
  try {
    await compactVerify(jwt.text, await importJWK(key, jwt.algorithm), { algorithms: [jwt.algorithm] })
    return true
  } catch {
    return false
  }
}

function jsonPart(part: string, name: string): Record<string, unknown> {
  if (!isBase64Url(part)) throw new JwtError(`${name} is an invalid Base64url encoded`)
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Answered like JSON that is no object.
  }
  throw new JwtError(`${name} is an invalid JSON`)
}

function isBase64Url(text: string): boolean {
  return /^[\w-]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1
}

function textClaim(claims: Record<string, unknown>, name: string): string {
  const value = claims[name]
  if (value === undefined) return ''
  if (typeof value !== 'string') throw new JwtError(`Jwt payload [${name}] field is not a string`)
  return value
}

function timeClaim(claims: Record<string, unknown>, name: string): number {
  const value = claims[name]
  if (value === undefined) return 0
  if (typeof value !== 'number') throw new JwtError(`Jwt payload [${name}] field is not an integer`)
  if (value < 0 || value >= 2 ** 63) throw new JwtError(`Jwt payload [${name}] field is not a positive 64 bit integer`)
  return Math.floor(value)
}

function audienceClaim(value: unknown): string[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every(entry => typeof entry === 'string')) return value
  throw new JwtError('Jwt payload [aud] field is not a string or string list')
}
