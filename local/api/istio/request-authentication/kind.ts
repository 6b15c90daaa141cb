// RequestAuthentication: which tokens are accepted.
import { securityKind } from '../istio-kind.ts'
import { requestAuthenticationMessage } from './message.ts'
import { requestAuthenticationFindings } from './validate.ts'

export const requestAuthenticationKind = securityKind({
  kind: 'RequestAuthentication',
  plural: 'requestauthentications',
  shortNames: ['ra'],
  message: requestAuthenticationMessage,
  findings: requestAuthenticationFindings,
})
