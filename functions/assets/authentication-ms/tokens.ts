// Tokens: signed for an hour, and worth nothing once revoked, or when their user ended or has another password.
import { errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose'
import type { Store } from '../../lib/store.ts'
import { type KnownUser, knownUser } from './credentials.ts'
import { algorithm, signingKey, tokenMs, verifyingKey } from './keys.ts'

/** What RequestAuthentication of istio/assets names. */
export const issuer = 'https://authentication-ms.assets'
export const audience = 'assets'

export interface Session {
  userId: string
  /** RFC 3339. */
  expiresAt: string
}

const revoked = 'revoked'

/** A token for a user, which counts as long as the credential does that it was given for. `now` in milliseconds since the epoch. */
export async function issue(store: Store, user: Pick<KnownUser, '_id' | 'credentialId'>, now: number): Promise<string> {
  const { kid, key } = await signingKey(store, now)
  return new SignJWT({ credentialId: user.credentialId })
    .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user._id)
    .setJti(crypto.randomUUID())
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor((now + tokenMs) / 1_000))
    .sign(key)
}

/** The session of an Authorization header; undefined when it counts for nothing. */
export async function verify(
  store: Store,
  authorization: string | undefined,
  now: number,
): Promise<Session | undefined> {
  const claims = await claimsOf(store, authorization, now)
  if (!claims || (await store.get(revoked, claims.jti))) return undefined
  const user = await knownUser(store, claims.sub)
  if (user?.credentialId !== claims.credentialId) return undefined
  return { userId: claims.sub, expiresAt: new Date(claims.exp * 1_000).toISOString() }
}

/** From now on the token counts for nothing. */
export async function revoke(store: Store, authorization: string | undefined, now: number): Promise<void> {
  const claims = await claimsOf(store, authorization, now)
  if (claims) await store.insert(revoked, { _id: claims.jti, until: claims.exp * 1_000 })
  // Those whose time is over anyway need not be remembered.
  await store.removeBelow(revoked, 'until', now)
}

interface Claims {
  sub: string
  jti: string
  exp: number
  credentialId: string
}

async function claimsOf(store: Store, authorization: string | undefined, now: number): Promise<Claims | undefined> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1]
  if (!token) return undefined
  try {
    const options = {
      issuer,
      audience,
      requiredClaims: ['sub', 'jti', 'exp', 'credentialId'],
      algorithms: [algorithm],
      currentDate: new Date(now),
    }
    const { payload } = await jwtVerify(token, (header: JWTHeaderParameters) => keyFor(store, header.kid), options)
    return payload as unknown as Claims
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

async function keyFor(store: Store, kid: string | undefined) {
  const key = kid === undefined ? undefined : await verifyingKey(store, kid)
  if (key) return key
  throw new errors.JWKSNoMatchingKey()
}
