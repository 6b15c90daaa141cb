// The hosts of the edge that stand for something, with a path worth trying: what a person calls first.
import type { Gateway, VirtualService } from '../../../api/istio/types.ts'
import { type DomainMapping, serving } from '../../../api/serving/types.ts'
import type { GroupKind, KubeObject } from '../../../kernel/object.ts'
import type { PublicHost } from '../status/overview.ts'

/** Annotation on a DomainMapping or VirtualService: a path at which there is something to look at. */
const pathAnnotation = 'skiff.dev/try'

const istio = (kind: string): GroupKind => ({ group: 'networking.istio.io', kind })
/** Knative's way inside: no client of the outside reaches it. */
const localGateway = 'knative-serving/knative-local-gateway'

/** Every DomainMapping, and every VirtualService of a Gateway that speaks HTTP. `objects` gives those of a kind. */
export function publicHosts(objects: <T extends KubeObject>(kind: GroupKind) => T[]): PublicHost[] {
  const mappings = objects<DomainMapping>(serving.domainMapping)
  const routes = objects<VirtualService>(istio('VirtualService'))
  const gateways = objects<Gateway>(istio('Gateway'))
  return [...mappedHosts(mappings), ...routedHosts(routes, gateways)].toSorted(byNamespace)
}

const byNamespace = (a: PublicHost, b: PublicHost) => a.namespace.localeCompare(b.namespace)

/** One entry for each service and path, whatever the number of its hosts. */
export function mappedHosts(mappings: readonly DomainMapping[]): PublicHost[] {
  const entries = mappings.map(({ metadata, spec }) => {
    const { name, namespace = '' } = metadata
    return { name, namespace, service: `${namespace}/${spec.ref.name}`, path: tryPath(metadata) ?? '/' }
  })
  return [...Map.groupBy(entries, ({ service, path }) => service + path).values()].flatMap(group => {
    const [first] = group
    return first ? [{ ...first, hosts: group.map(({ name }) => name), gatewayPort: 80 }] : []
  })
}

/** One entry for each VirtualService that somebody wrote; wildcards are no addresses. */
export function routedHosts(routes: readonly VirtualService[], gateways: readonly Gateway[]): PublicHost[] {
  const ports = edgePorts(gateways)
  return routes.flatMap(({ metadata, spec }) => {
    const { namespace = '', ownerReferences } = metadata
    const gatewayPort = (spec.gateways ?? [])
      .map(name => ports.get(name.includes('/') ? name : `${namespace}/${name}`))
      .find(port => port !== undefined)
    const hosts = (spec.hosts ?? []).filter(host => !host.includes('*'))
    if (ownerReferences || gatewayPort === undefined || hosts.length === 0) return []
    return [{ namespace, hosts, gatewayPort, path: tryPath(metadata) ?? firstPath(spec.http) }]
  })
}

/** The port of the first server that speaks plain HTTP, by `namespace/name` of the Gateway. */
function edgePorts(gateways: readonly Gateway[]): Map<string, number> {
  return new Map(
    gateways.flatMap(({ metadata, spec }): [string, number][] => {
      const name = `${metadata.namespace}/${metadata.name}`
      const server = spec.servers?.find(one => one.port?.protocol === 'HTTP' && !one.tls?.httpsRedirect)
      return server?.port?.number && name !== localGateway ? [[name, server.port.number]] : []
    }),
  )
}

/** What the first rule that names a path is for. */
function firstPath(http: VirtualService['spec']['http'] = []): string {
  const uris = http.flatMap(({ match = [] }) => match.flatMap(({ uri }) => uri?.exact ?? uri?.prefix ?? []))
  return uris[0] ?? '/'
}

const tryPath = ({ annotations }: KubeObject['metadata']) => annotations?.[pathAnnotation]
