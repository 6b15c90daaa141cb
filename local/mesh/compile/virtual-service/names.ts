// Full names: hosts and gateways as objects write them, short or not, resolved in the namespace of the object.

const clusterDomain = 'cluster.local'

/** `reviews` becomes `reviews.default.svc.cluster.local`; what has a dot, is an address or is `*` stands as written. */
export function resolveHost(host: string, namespace: string): string {
  if (host === '*' || host === '' || host.includes('.') || host.includes(':')) return host.toLowerCase()
  return `${host}.${namespace}.svc.${clusterDomain}`.toLowerCase()
}

/** `gw`, `./gw`, `ns/gw` and the old `gw.ns.svc.cluster.local` all become `ns/gw`; `mesh` stays. */
export function resolveGateway(gateway: string, namespace: string): string {
  if (gateway === 'mesh') return gateway
  const slash = gateway.indexOf('/')
  if (slash >= 0) return gateway.startsWith('./') ? namespace + gateway.slice(slash) : gateway
  const [name = '', itsNamespace = namespace] = gateway.split('.')
  return `${itsNamespace}/${name}`
}

export function isWildcard(host: string): boolean {
  return host.startsWith('*')
}

/** Every host that `inner` stands for is one that `outer` stands for. */
export function coversHost(outer: string, inner: string): boolean {
  if (!isWildcard(outer)) return outer === inner
  return isWildcard(inner)
    ? inner.length >= outer.length && inner.slice(1).endsWith(outer.slice(1))
    : inner.endsWith(outer.slice(1))
}

/** Some host is meant by both. */
export function hostsOverlap(one: string, other: string): boolean {
  return coversHost(one, other) || coversHost(other, one)
}

/** The namespaces of `exportTo`: `.` is the object's own, nothing at all is every namespace. */
export function isExportedTo(exportTo: readonly string[] | undefined, own: string, namespace: string): boolean {
  if (!exportTo?.length) return true
  if (exportTo.includes('~')) return false
  return exportTo.some(target => target === '*' || (target === '.' ? own : target) === namespace)
}
