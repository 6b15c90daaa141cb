// Gateway: ports and hosts an edge proxy listens on.
import { networkingKind } from '../istio-kind.ts'

export const gatewayKind = networkingKind({ kind: 'Gateway', plural: 'gateways', shortNames: ['gw'] })
