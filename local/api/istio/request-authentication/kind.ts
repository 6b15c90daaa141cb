// RequestAuthentication: which tokens are accepted.
import { securityKind } from '../istio-kind.ts'

export const requestAuthenticationKind = securityKind({
  kind: 'RequestAuthentication',
  plural: 'requestauthentications',
  shortNames: ['ra'],
})
