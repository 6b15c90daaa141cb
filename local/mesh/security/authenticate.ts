// Verifies the tokens of a request by the rules of RequestAuthentications, as Istio configures Envoy's JWT filter.
import type { JwtRule } from '../../api/istio/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Admission, type CheckedRequest, claimAt, type Denial } from './checked-request.ts'
import type { KeySets } from './jwks.ts'
import { checkSignature, checkTimes, fitsToken, type Jwt, JwtError, parseJwt } from './jwt.ts'
import { type FoundToken, tokensOf } from './token-location.ts'

const nothing: Admission = { allowed: true, claims: undefined, removeHeaders: [], addHeaders: [] }

/**
 * A token must be valid where there is one; a request without any passes, unauthenticated. With several rules it is
 * enough that one takes the token, or that each finds none or a valid one.
 */
export async function authenticate(
  rules: readonly JwtRule[],
  request: CheckedRequest,
  deps: { clock: Clock; keySets: KeySets },
): Promise<Admission | Denial> {
  const admissions: Admission[] = []
  let failure: JwtError | undefined
  for (const rule of rules) {
    const tokens = tokensOf(rule, request)
    if (tokens.length === 0) continue
    try {
      admissions.push(await verify(rule, tokens, deps))
    } catch (error) {
      if (!(error instanceof JwtError)) throw error
      failure = worse(failure, error)
    }
  }
  if (admissions.length > 0) return admissions.reduce(merged)
  return failure ? denial(failure, request) : nothing
}

/** Every token a rule finds must be valid: a backend might take another one than the proxy did. */
async function verify(
  rule: JwtRule,
  tokens: readonly FoundToken[],
  { clock, keySets }: { clock: Clock; keySets: KeySets },
): Promise<Admission> {
  let admission = nothing
  for (const { text, header } of tokens) {
    const jwt = parseJwt(text)
    if (jwt.issuer !== rule.issuer) throw new JwtError('Jwt issuer is not configured')
    checkTimes(jwt, clock.now())
    checkAudience(rule, jwt)
    const source = { inline: rule.jwks, uri: rule.jwksUri, issuer: rule.issuer }
    const keys = await keySets.keys(source, key => fitsToken(key, jwt))
    await checkSignature(jwt, keys)
    admission = merged(admission, admitted(rule, jwt, rule.forwardOriginalToken ? undefined : header))
  }
  return admission
}

function checkAudience(rule: JwtRule, { audiences }: Jwt): void {
  if (!rule.audiences?.length) return
  const plain = (audience: string) => audience.replace(/^https?:\/\//, '').replace(/\/$/, '')
  const allowed = new Set(rule.audiences.map(plain))
  if (audiences.some(audience => allowed.has(plain(audience)))) return
  throw new JwtError('Audiences in Jwt are not allowed', 403)
}

function admitted(rule: JwtRule, jwt: Jwt, tokenHeader: string | undefined): Admission {
  const addHeaders: string[] = []
  if (rule.outputPayloadToHeader) addHeaders.push(rule.outputPayloadToHeader.toLowerCase(), jwt.payload)
  for (const { header, claim } of rule.outputClaimToHeaders ?? []) {
    const value = claimAt(jwt.claims, claim.split('.'))
    const text =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
    if (text !== '') addHeaders.push(header.toLowerCase(), text)
  }
  return { allowed: true, claims: jwt.claims, removeHeaders: tokenHeader ? [tokenHeader] : [], addHeaders }
}

function merged(first: Admission, second: Admission): Admission {
  return {
    allowed: true,
    claims: second.claims ?? first.claims,
    removeHeaders: [...first.removeHeaders, ...second.removeHeaders],
    addHeaders: [...first.addHeaders, ...second.addHeaders],
  }
}

const otherIssuer = 'Jwt issuer is not configured'

/** A token of another rule's issuer says less than what is wrong with the one that was meant. */
function worse(before: JwtError | undefined, error: JwtError): JwtError {
  return before && (before.message !== otherIssuer || error.message === otherIssuer) ? before : error
}

/** The realm is the URL asked for, cut at 256 characters of path. */
function denial({ message, status }: JwtError, request: CheckedRequest): Denial {
  const realm = `${request.scheme}://${request.authority}${request.target.slice(0, 256)}`
  return {
    allowed: false,
    status,
    body: message,
    headers: ['www-authenticate', `Bearer realm="${realm}", error="invalid_token"`],
    details: `jwt_authn_access_denied{${message.replaceAll(' ', '_')}}`,
  }
}
