// Rules for connections: `tls` and `tcp` rules that no server of a Gateway looks at, and where bytes cannot go.
import type { RouteDestination, Server, VirtualService } from '../../api/istio/types.ts'
import type { Located, Remark, Rule } from '../finding.ts'
import { fullHost, type HostOwner, type ManifestSet, namespaceOf } from '../manifest-set.ts'

/** Knative's hosts are answered by gateways and activators that read HTTP; a host nobody has is no cluster. */
export const connectionDestination: Rule = {
  id: 'SK308',
  name: 'connection-destination',
  severity: 'error',
  *find(set) {
    for (const { about, path, host, owner } of destinations(set)) {
      if (owner?.kind === 'service' || owner?.kind === 'entry') continue
      yield {
        ...{ about, path },
        message: owner
          ? `${host} takes requests of HTTP: connections of bytes are closed`
          : `nothing here is called ${host}: connections are reset`,
        instead: 'a Service or ServiceEntry whose port is of protocol TLS or TCP',
      }
    }
  },
}

function destinations(set: ManifestSet): (Pick<Remark, 'about' | 'path'> & { host: string; owner?: HostOwner })[] {
  return set.virtualServices.flatMap(about =>
    connectionRules(about).flatMap(({ path, route }) =>
      route.map(({ destination }, index) => {
        const host = fullHost(destination.host, namespaceOf(about.object))
        const owner = set.owner(host)
        return { about, path: `${path}.route[${index}].destination.host`, host, ...(owner && { owner }) }
      }),
    ),
  )
}

interface ConnectionRule {
  kind: 'tls' | 'tcp'
  path: string
  route: readonly RouteDestination[]
}

function connectionRules({ object: { spec } }: Located<VirtualService>): ConnectionRule[] {
  return (['tls', 'tcp'] as const).flatMap(kind =>
    (spec[kind] ?? []).map(({ route = [] }, index) => ({ kind, path: `spec.${kind}[${index}]`, route })),
  )
}

/** PASSTHROUGH servers look at `tls` rules alone, servers of plain TCP and of ended TLS at `tcp` rules, others at neither. */
export const connectionRuleWithoutServer: Rule = {
  id: 'SK406',
  name: 'connection-rule-without-server',
  severity: 'error',
  *find(set) {
    for (const about of set.virtualServices) {
      const servers = serversOf(about, set)
      if (!servers) continue
      for (const { kind, path } of connectionRules(about)) {
        if (servers.some(server => looksAt(server) === kind)) continue
        yield {
          ...{ about, path },
          message: `no server of its Gateways looks at ${kind} rules: no connection ever meets this one`,
          instead:
            kind === 'tls'
              ? 'a server with protocol: TLS and tls: {mode: PASSTHROUGH}'
              : 'a server with protocol: TCP, or protocol: TLS and a certificate',
        }
      }
    }
  },
}

/** Undefined where callers in the mesh meet the rules, or a Gateway of other files may. */
function serversOf({ object }: Located<VirtualService>, set: ManifestSet): readonly Server[] | undefined {
  const namespace = namespaceOf(object)
  const { gateways = ['mesh'] } = object.spec
  const there = new Map(set.gateways.map(({ object: one }) => [`${namespaceOf(one)}/${one.metadata.name}`, one]))
  const bound = gateways.map(name => there.get(name.includes('/') ? name : `${namespace}/${name}`))
  return bound.every(gateway => gateway !== undefined) ? bound.flatMap(({ spec }) => spec.servers) : undefined
}

function looksAt({ port, tls }: Server): 'tls' | 'tcp' | undefined {
  const protocol = port.protocol.toUpperCase()
  const { mode = 'PASSTHROUGH' } = tls ?? {}
  if (protocol === 'TLS' || protocol === 'HTTPS') {
    if (mode === 'PASSTHROUGH') return 'tls'
    return protocol === 'TLS' && mode !== 'AUTO_PASSTHROUGH' ? 'tcp' : undefined
  }
  return protocol.startsWith('HTTP') || protocol.startsWith('GRPC') ? undefined : 'tcp'
}
