// The RequestAuthentication message.
import { policySelector, policyTargetReference } from '../fields/messages.ts'
import { bool, duration, list, message, string } from '../proto/message.ts'
import type { JwtRule, RequestAuthenticationSpec } from './types.ts'

const security = 'istio.security.v1beta1'

const jwtRule = message<JwtRule>(`${security}.JWTRule`, {
  issuer: string,
  audiences: list(string),
  jwksUri: string,
  jwks: string,
  fromHeaders: list(
    message<{ name: string; prefix?: string }>(`${security}.JWTHeader`, { name: string, prefix: string }),
  ),
  fromParams: list(string),
  outputPayloadToHeader: string,
  fromCookies: list(string),
  forwardOriginalToken: bool,
  outputClaimToHeaders: list(
    message<{ header: string; claim: string }>(`${security}.ClaimToHeader`, { header: string, claim: string }),
  ),
  timeout: duration,
  spaceDelimitedClaims: list(string),
})

export const requestAuthenticationMessage = message<RequestAuthenticationSpec>(`${security}.RequestAuthentication`, {
  selector: policySelector,
  targetRef: policyTargetReference,
  targetRefs: list(policyTargetReference),
  jwtRules: list(jwtRule),
})
