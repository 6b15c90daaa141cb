// Opens the mesh to the machine: its certificates and policies, the ports of the gateways, and the outbound capture.
import type { Authority } from '../../kernel/certificate.ts'
import { createMesh, type Mesh, type MeshOptions } from '../../mesh/mesh.ts'
import type { MeshPolicy } from '../../mesh/security/mesh-policy.ts'
import type { Foundation } from '../foundation.ts'
import { ensureSystemObjects } from '../system/objects.ts'
import { openAuthority } from './authority.ts'
import { gatewayCertificates } from './certificates.ts'
import { GatewayPorts } from './gateways.ts'
import { meshPolicies } from './mesh-policies.ts'

export interface Network {
  mesh: Mesh
  policy: MeshPolicy
  gateways: GatewayPorts
  authority: Authority
}

const drainMs = 10_000

/** Rejects, with exit code 5, when a gateway's port is taken. */
export async function openNetwork(
  base: Foundation,
  plugs: Pick<MeshOptions, 'upstreams' | 'onRequest' | 'onConnection' | 'tracer'>,
): Promise<Network> {
  const { store, clock, random, log, options, closers } = base
  const policy = meshPolicies({ store, clock, log, mesh: () => mesh })
  const authority = openAuthority(base.state, clock)
  const certificates = gatewayCertificates({ store, authority, clock })
  const mesh = createMesh({ ...plugs, clock, random, log, policy, certificates })
  closers.push(() => mesh.close(drainMs))

  options.progress('opening the gateways')
  const changed = (ports: Readonly<Record<number, number>>) => ensureSystemObjects(store, ports)
  const gateways = new GatewayPorts({ mesh, log, wanted: options.gatewayPorts, changed })
  await gateways.openFirst()
  await mesh.listenCapture()
  ensureSystemObjects(store, gateways.ports)
  return { mesh, policy, gateways, authority }
}
