// AuthorizationPolicy: who may call what.
import { securityKind, text } from '../istio-kind.ts'

export const authorizationPolicyKind = securityKind({
  kind: 'AuthorizationPolicy',
  plural: 'authorizationpolicies',
  shortNames: ['ap'],
  columns: [text('Action', '.spec.action', 'What the policy does')],
})
