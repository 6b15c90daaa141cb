// The kinds of Istio.
import type { Kind } from '../kind.ts'
import { authorizationPolicyKind } from './authorization-policy/kind.ts'
import { destinationRuleKind } from './destination-rule/kind.ts'
import { gatewayKind } from './gateway/kind.ts'
import { peerAuthenticationKind } from './peer-authentication/kind.ts'
import { requestAuthenticationKind } from './request-authentication/kind.ts'
import { serviceEntryKind } from './service-entry/kind.ts'
import { sidecarKind } from './sidecar/kind.ts'
import { telemetryKind } from './telemetry/kind.ts'
import { virtualServiceKind } from './virtual-service/kind.ts'

export const istioKinds: readonly Kind[] = [
  virtualServiceKind,
  destinationRuleKind,
  gatewayKind,
  serviceEntryKind,
  sidecarKind,
  peerAuthenticationKind,
  requestAuthenticationKind,
  authorizationPolicyKind,
  telemetryKind,
]
