// Compiles Knative's Ingress objects into the tables of the two gateways, as net-istio makes VirtualServices of them.
import type { Ingress, IngressPath, IngressRule, IngressSplit } from '../../api/networking/types.ts'
import type { Destination, GatewayTables, HeaderPair, RouteRule } from './host-table.ts'

/**
 * Hosts of `ExternalIP` rules stand at the public gateway and, like all others, at the local one. Where two objects name
 * the same host the older rule comes first, as when Istio merges VirtualServices.
 */
export function compileIngresses(ingresses: readonly Ingress[]): GatewayTables {
  const tables = { public: new Map<string, RouteRule[]>(), local: new Map<string, RouteRule[]>() }
  const namespaces = new Set<string>()
  for (const ingress of ingresses.toSorted(olderFirst)) {
    namespaces.add(ingress.metadata.namespace ?? '')
    for (const rule of ingress.spec.rules) {
      const compiled = rule.http.paths.map(path => compilePath(ingress, path))
      addRule(tables.local, rule, compiled)
      if (rule.visibility === 'ExternalIP') addRule(tables.public, rule, compiled)
    }
  }
  return { ...tables, namespaces }
}

function olderFirst(a: Ingress, b: Ingress): number {
  const byTime = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
  return byTime || nameOf(a).localeCompare(nameOf(b))
}

function nameOf({ metadata }: Ingress): string {
  return `${metadata.namespace}/${metadata.name}`
}

function addRule(table: Map<string, RouteRule[]>, rule: IngressRule, compiled: readonly RouteRule[]): void {
  for (const host of rule.hosts) {
    const key = host.toLowerCase()
    table.set(key, [...(table.get(key) ?? []), ...compiled])
  }
}

function compilePath(ingress: Ingress, path: IngressPath): RouteRule {
  return {
    name: nameOf(ingress),
    pathPrefix: path.path || undefined,
    headers: Object.entries(path.headers ?? {}).map(([name, match]) => [name.toLowerCase(), match.exact]),
    setHeaders: headerPairs(path.appendHeaders),
    rewriteHost: path.rewriteHost?.toLowerCase(),
    destinations: path.splits.map(compileSplit),
  }
}

/** The two headers that tell the activator its revision name the target here, and are not sent on. */
function compileSplit(split: IngressSplit): Destination {
  const headers = headerPairs(split.appendHeaders)
  const said = (name: string) => headers.find(pair => pair[0] === name)?.[1]
  return {
    target: {
      namespace: said('knative-serving-namespace') ?? split.serviceNamespace,
      revision: said('knative-serving-revision') ?? split.serviceName,
    },
    weight: split.percent,
    setHeaders: headers.filter(([name]) => name !== 'knative-serving-namespace' && name !== 'knative-serving-revision'),
  }
}

/** In the order of their names, as Envoy comes to apply them. */
function headerPairs(headers: Readonly<Record<string, string>> | undefined): HeaderPair[] {
  return Object.entries(headers ?? {})
    .map(([name, value]): HeaderPair => [name.toLowerCase(), value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}
