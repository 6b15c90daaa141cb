// The kinds of Istio.
import type { FieldError } from '../../kernel/errors.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import { authorizationPolicyKind } from './authorization-policy/kind.ts'
import { destinationRuleKind } from './destination-rule/kind.ts'
import { envoyFilterKind } from './envoy-filter/kind.ts'
import { isError } from './finding.ts'
import { gatewayKind } from './gateway/kind.ts'
import type { IstioKind } from './istio-kind.ts'
import { peerAuthenticationKind } from './peer-authentication/kind.ts'
import { proxyConfigKind } from './proxy-config/kind.ts'
import { requestAuthenticationKind } from './request-authentication/kind.ts'
import { serviceEntryKind } from './service-entry/kind.ts'
import { sidecarKind } from './sidecar/kind.ts'
import { telemetryKind } from './telemetry/kind.ts'
import { virtualServiceKind } from './virtual-service/kind.ts'
import { workloadEntryKind } from './workload-entry/kind.ts'
import { workloadGroupKind } from './workload-group/kind.ts'

export const istioKinds: readonly IstioKind[] = [
  virtualServiceKind,
  destinationRuleKind,
  gatewayKind,
  serviceEntryKind,
  sidecarKind,
  workloadEntryKind,
  workloadGroupKind,
  peerAuthenticationKind,
  requestAuthenticationKind,
  authorizationPolicyKind,
  telemetryKind,
  envoyFilterKind,
  proxyConfigKind,
]

/** What Istio's webhook would warn of when it admits the object; nothing for objects of other kinds. */
export function validationWarnings(object: KubeObject): FieldError[] {
  const group = groupOf(object.apiVersion)
  const kind = istioKinds.find(one => one.group === group && one.kind === object.kind)
  const findings = kind?.findings(object) ?? []
  return findings.filter(finding => !isError(finding)).map(({ path, message }) => ({ path, message }))
}
