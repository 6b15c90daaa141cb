// For tests: a host of the gateway whose rule leads to raw backends outside, or to another host of the mesh.
import type { DestinationRule, ServiceEntry, TrafficPolicy, VirtualService } from '../../api/istio/types.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import type { World, WorldOptions } from '../testing/world.ts'
import { worldOf } from './gateway-harness.ts'

const apiVersion = 'networking.istio.io/v1' as const
const meta = (name: string) => ({ name, namespace: 'app' })

export const shop = 'host: shop.test\r\n'
export const get = (path = '/') => `GET ${path} HTTP/1.1\r\n${shop}\r\n`
export const post = (body: string, path = '/') =>
  `POST ${path} HTTP/1.1\r\n${shop}content-length: ${body.length}\r\n\r\n${body}`

/** A host of its own outside, with an endpoint at each of these ports of the loopback. */
export function entryOf(host: string, ports: readonly number[]): ServiceEntry {
  return {
    ...{ apiVersion, kind: 'ServiceEntry', metadata: meta(host.replaceAll('.', '-')) },
    spec: {
      ...{ hosts: [host], location: 'MESH_EXTERNAL', resolution: 'STATIC' },
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      endpoints: ports.map(port => ({ address: '127.0.0.1', ports: { http: port } })),
    },
  }
}

type HttpRoute = NonNullable<VirtualService['spec']['http']>[number]

export interface RoutedOptions extends WorldOptions {
  /** What the rule says beside its route. */
  rule?: Partial<HttpRoute>
  policy?: TrafficPolicy
  /** Further hosts outside, by name. */
  others?: Readonly<Record<string, readonly number[]>>
}

/** `shop.test` at the gateway leads to `backend.test`, which has these ports. Set anew by `route`. */
export async function routedWorld(
  ports: readonly number[],
  { rule = {}, policy, others = {}, ...more }: RoutedOptions,
) {
  const objectsOf = (changed: Partial<HttpRoute>) => ({
    serviceEntries: [entryOf('backend.test', ports), ...Object.entries(others).map(([host, at]) => entryOf(host, at))],
    destinationRules: policy ? [ruleOf(policy)] : [],
    virtualServices: [shopOf({ route: [{ destination: { host: 'backend.test' } }], ...changed })],
  })
  const world = await worldOf(countedUpstreams(), { ...more, objects: objectsOf(rule) })
  return { ...world, route: (changed: Partial<HttpRoute>) => world.setObjects(objectsOf(changed)) }
}

export type RoutedWorld = World & { route(changed: Partial<HttpRoute>): void }

function shopOf(rule: Partial<HttpRoute>): VirtualService {
  return {
    ...{ apiVersion, kind: 'VirtualService', metadata: meta('shop') },
    spec: { hosts: ['shop.test'], gateways: ['knative-serving/knative-ingress-gateway'], http: [rule as HttpRoute] },
  }
}

function ruleOf(trafficPolicy: TrafficPolicy): DestinationRule {
  const spec = { host: 'backend.test', trafficPolicy }
  return { apiVersion, kind: 'DestinationRule', metadata: meta('backend'), spec }
}
