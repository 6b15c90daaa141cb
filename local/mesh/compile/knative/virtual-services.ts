// Knative's Ingresses as the VirtualServices that net-istio makes of them.
import { createHash } from 'node:crypto'
import type { HttpMatchRequest, HttpRoute, HttpRouteDestination, VirtualService } from '../../../api/istio/types.ts'
import type { Ingress, IngressPath, IngressRule, IngressSplit } from '../../../api/networking/types.ts'
import { createMemo } from '../carry-over.ts'

type Visibility = IngressRule['visibility']
type GatewaysByVisibility = Readonly<Record<Visibility, string>>

const gateways: GatewaysByVisibility = {
  ExternalIP: 'knative-serving/knative-ingress-gateway',
  ClusterLocal: 'knative-serving/knative-local-gateway',
}
const meshAlone: GatewaysByVisibility = { ExternalIP: 'mesh', ClusterLocal: 'mesh' }

const localSuffix = '.svc.cluster.local'

/**
 * Two objects for each Ingress: `X-mesh` for callers with a sidecar (only the hosts inside the cluster) and `X-ingress` for
 * both gateways. net-istio's rules for its own prober (header `K-Network-Hash`) are left out: nothing probes here.
 */
export function ingressVirtualServices(ingresses: readonly Ingress[]): VirtualService[] {
  return ingresses.flatMap(ingress => made.get(ingress, [], () => virtualServicesOf(ingress)))
}

// An Ingress that did not change gives the same objects, and what is compiled from them stays too.
const made = createMemo<Ingress, readonly VirtualService[]>()

function virtualServicesOf(ingress: Ingress): readonly VirtualService[] {
  const hosts = [...new Set(ingress.spec.rules.flatMap(rule => rule.hosts))]
  const local = expanded(hosts.filter(host => host.endsWith(localSuffix)))
  return [
    ...(local.length ? [virtualService(ingress, '-mesh', local, meshAlone)] : []),
    ...(hosts.length ? [virtualService(ingress, '-ingress', expanded(hosts), gateways)] : []),
  ]
}

function virtualService(
  ingress: Ingress,
  suffix: string,
  hosts: readonly string[],
  at: GatewaysByVisibility,
): VirtualService {
  const { name, namespace, uid, creationTimestamp, annotations } = ingress.metadata
  const http = ingress.spec.rules.flatMap(rule => rulesOf(rule, hosts, at))
  const bound = http.flatMap(({ match = [] }) => match.flatMap(entry => entry.gateways ?? []))
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: {
      name: childName(name, suffix),
      ...(namespace !== undefined && { namespace }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(annotations && { annotations }),
      labels: labelsOf(ingress),
      ownerReferences: [
        {
          apiVersion: ingress.apiVersion,
          kind: 'Ingress',
          name,
          uid: uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { hosts: hosts.toSorted(), gateways: [...new Set(bound)].sort(), http },
  }
}

const keptLabels = new Set(['serving.knative.dev/route', 'serving.knative.dev/routeNamespace'])

function labelsOf({ metadata }: Ingress): Record<string, string> {
  const kept = Object.entries(metadata.labels ?? {}).filter(([name]) => keptLabels.has(name))
  return { ...Object.fromEntries(kept), 'networking.internal.knative.dev/ingress': metadata.name }
}

function rulesOf(rule: IngressRule, hosts: readonly string[], at: GatewaysByVisibility): HttpRoute[] {
  const named = rule.hosts.filter(host => hosts.includes(host))
  if (!named.length) return []
  const prefixes = distinctPrefixes(named)
  return rule.http.paths.map(path => ruleOf(path, prefixes, at[rule.visibility ?? 'ExternalIP']))
}

/** `retries: {}` switches Istio's own retries off. */
function ruleOf(path: IngressPath, prefixes: readonly string[], gateway: string): HttpRoute {
  return {
    retries: {},
    match: prefixes.map(prefix => matchOf(path, prefix, gateway)),
    route: path.splits.map(destinationOf),
    ...(path.rewriteHost && { rewrite: { authority: path.rewriteHost } }),
    ...(path.appendHeaders && { headers: { request: { set: path.appendHeaders } } }),
  }
}

function matchOf({ path, headers }: IngressPath, prefix: string, gateway: string): HttpMatchRequest {
  const exact = Object.entries(headers ?? {}).map(([name, match]) => [name, { exact: match.exact }] as const)
  return {
    gateways: [gateway],
    authority: { prefix },
    ...(path && { uri: { prefix: path } }),
    ...(exact.length && { headers: Object.fromEntries(exact) }),
  }
}

function destinationOf(split: IngressSplit): HttpRouteDestination {
  const { serviceName, serviceNamespace, servicePort, percent, appendHeaders } = split
  return {
    destination: { host: `${serviceName}.${serviceNamespace}${localSuffix}`, port: { number: servicePort } },
    weight: percent,
    ...(appendHeaders && { headers: { request: { set: appendHeaders } } }),
  }
}

/** Hosts inside the cluster also under their shorter names; a bare name is none of them. */
function expanded(hosts: readonly string[]): string[] {
  const shorter = hosts.flatMap(host =>
    ['', '.cluster.local', localSuffix]
      .filter(suffix => host.endsWith(suffix))
      .map(suffix => host.slice(0, host.length - suffix.length)),
  )
  return [...new Set(shorter)].filter(host => host.includes('.'))
}

/** `usvc.app` stands for all that begins with it, so that longer names of the same host need no match of their own. */
function distinctPrefixes(hosts: readonly string[]): string[] {
  const distinct: string[] = []
  for (const host of hosts.toSorted()) {
    const prefix = host.endsWith(localSuffix) ? host.slice(0, -localSuffix.length) : host
    if (!distinct.some(known => prefix.startsWith(known))) distinct.push(prefix)
  }
  return distinct.sort()
}

const longestName = 63

/** A name too long for its suffix is cut and told apart by its MD5, as Knative names children. */
function childName(parent: string, suffix: string): string {
  if (parent.length <= longestName - suffix.length) return parent + suffix
  const digest = createHash('md5').update(parent).digest('hex')
  return `${parent.slice(0, longestName - digest.length - suffix.length)}${digest}${suffix}`
}
