// Sidecar: what the proxies of some workloads may reach.
import { networkingKind } from '../istio-kind.ts'
import { sidecarMessage } from './message.ts'
import { sidecarFindings } from './validate.ts'

export const sidecarKind = networkingKind({
  kind: 'Sidecar',
  plural: 'sidecars',
  message: sidecarMessage,
  findings: sidecarFindings,
})
