// The rules of a PeerAuthentication as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { policySelectorFindings } from '../fields/selector.ts'
import { type Finding, flaw, flawIf } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { PeerAuthenticationSpec } from './types.ts'

export function peerAuthenticationFindings({ spec }: Subject<PeerAuthenticationSpec>): Finding[] {
  const { selector, portLevelMtls } = spec
  const ports = Object.keys(portLevelMtls ?? {})
  const selects = Object.keys(selector?.matchLabels ?? {}).length > 0
  const at = 'spec.portLevelMtls'
  return [
    ...flawIf(!selects && ports.length > 0, at, 'mesh/namespace peer authentication cannot have port level mTLS'),
    ...flawIf(
      portLevelMtls !== undefined && ports.length === 0,
      at,
      'port level mTLS, if defined, must have at least one element',
    ),
    ...ports
      .filter(port => Number(port) < 1 || Number(port) > 65_535)
      .map(port => flaw(`${at}[${port}]`, 'port must be in range 1..65535')),
    ...policySelectorFindings(selector, 'spec.selector'),
  ]
}
