// RequestAuthentication as Istio 1.29 defines it. Fields are required where validation refuses an object without them.
import type { KubeObject } from '../../../kernel/object.ts'
import type { Duration, PolicySelector, PolicyTargetReference } from '../fields/types.ts'

export interface RequestAuthentication extends KubeObject {
  spec?: RequestAuthenticationSpec
}

export interface RequestAuthenticationSpec {
  selector?: PolicySelector
  /** Deprecated: one of `targetRefs`. */
  targetRef?: PolicyTargetReference
  targetRefs?: PolicyTargetReference[]
  jwtRules?: JwtRule[]
}

export interface JwtRule {
  issuer: string
  audiences?: string[]
  /** One of `jwksUri` and `jwks`; OpenID discovery at the issuer when neither is there. */
  jwksUri?: string
  /** The key set itself, as JSON. */
  jwks?: string
  /** Where the token is; `Authorization: Bearer` and `access_token` when nothing is said. */
  fromHeaders?: { name: string; prefix?: string }[]
  fromParams?: string[]
  fromCookies?: string[]
  outputPayloadToHeader?: string
  forwardOriginalToken?: boolean
  outputClaimToHeaders?: { header: string; claim: string }[]
  /** Of fetching the key set. */
  timeout?: Duration
  spaceDelimitedClaims?: string[]
}
