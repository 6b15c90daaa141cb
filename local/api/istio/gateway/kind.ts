// Gateway: ports and hosts an edge proxy listens on.
import { networkingKind } from '../istio-kind.ts'
import { gatewayMessage } from './message.ts'
import { gatewayFindings } from './validate.ts'

export const gatewayKind = networkingKind({
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gw'],
  message: gatewayMessage,
  findings: gatewayFindings,
})
