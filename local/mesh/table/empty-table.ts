// The tables of a mesh that knows nothing: every request is for nobody, callers go where they want.
import type { MeshTable, OutboundPort } from './mesh-table.ts'
import { noListeners } from './tcp-route.ts'
import { noHosts } from './virtual-hosts.ts'

const nobody: OutboundPort = { http: false, hosts: noHosts, tcp: noListeners, otherwise: 'ALLOW_ANY' }

export const emptyTable: MeshTable = {
  gatewayPorts: new Map(),
  outbound: () => nobody,
  clusters: new Map(),
  outboundClusters: () => new Map(),
  mesh: { outboundPolicy: 'ALLOW_ANY', pathNormalization: 'BASE', trustedProxies: 0, trustDomain: 'cluster.local' },
}
