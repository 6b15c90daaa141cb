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
    pathPrefix: path.path || undefined,
    headers: Object.entries(path.headers ?? {}).map(([name, match]) => [name.toLowerCase(), match.exact]),
    rewriteHost: path.rewriteHost?.toLowerCase(),
    destinations: path.splits.map(split => compileSplit(nameOf(ingress), path, split)),
  }
}

/** The two headers that tell the activator its revision name the target here, and are not sent on. */
function compileSplit(route: string, path: IngressPath, split: IngressSplit): Destination {
  const own = new Map(headerPairs(split.appendHeaders))
  const namespace = own.get('knative-serving-namespace') ?? split.serviceNamespace
  const revision = own.get('knative-serving-revision') ?? split.serviceName
  own.delete('knative-serving-namespace')
  own.delete('knative-serving-revision')
  const setHeaders = merged(headerPairs(path.appendHeaders), own)
  return {
    target: { namespace, revision },
    weight: split.percent,
    route,
    setHeaders,
    setText: Array.from(setHeaders, ([name, value]) => `${name}: ${value}\r\n`).join(''),
    operation: `${revision}.${namespace}.svc.cluster.local:80/*`,
  }
}

/** A name set twice stands where it is set last, as when Envoy sets it a second time. */
function merged(first: readonly HeaderPair[], second: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...first.filter(([name]) => !second.has(name)), ...second])
}

/** In the order of their names, as Envoy comes to apply them. */
function headerPairs(headers: Readonly<Record<string, string>> | undefined): HeaderPair[] {
  return Object.entries(headers ?? {})
    .map(([name, value]): HeaderPair => [name.toLowerCase(), value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}
