// AuthorizationPolicy: who may call what.
import { securityKind, text } from '../istio-kind.ts'
import { authorizationPolicyMessage } from './message.ts'
import { authorizationPolicyFindings } from './validate.ts'

export const authorizationPolicyKind = securityKind({
  kind: 'AuthorizationPolicy',
  plural: 'authorizationpolicies',
  shortNames: ['ap'],
  columns: [text('Action', '.spec.action', 'What the policy does')],
  message: authorizationPolicyMessage,
  findings: authorizationPolicyFindings,
})
