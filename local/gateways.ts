// The ports of the ingress gateway on this machine.
import type { Mesh } from './mesh/mesh.ts'

const plainHttp = 80

/** The local port of a gateway port: 80 → 8080, 443 → 8443, below 1024 N + 8000, else N itself. */
export function localPort(gatewayPort: number): number {
  if (gatewayPort === 80) return 8_080
  if (gatewayPort === 443) return 8_443
  return gatewayPort < 1_024 ? gatewayPort + 8_000 : gatewayPort
}

/** Opens plain HTTP and every further port named; returns local ports by gateway port. Port 0 takes a free one. */
export async function openGateways(
  mesh: Mesh,
  wanted: Readonly<Record<number, number>>,
): Promise<Record<number, number>> {
  const ports: Record<number, number> = {}
  for (const gatewayPort of new Set([plainHttp, ...Object.keys(wanted).map(Number)])) {
    const { port } = await mesh.listen({ port: wanted[gatewayPort] ?? localPort(gatewayPort), gateway: 'public' })
    ports[gatewayPort] = port
  }
  return ports
}
