// Paths of the Kubernetes API: what a URL means, before anybody looks whether it exists.

/** A resource path: `/apis/G/V/namespaces/N/plural/name/subresource`, from the collection on. */
export interface ResourcePath {
  group: string
  version: string
  plural: string
  namespace?: string
  name?: string
  subresource?: string
}

export type Route =
  | { to: 'core-versions' }
  | { to: 'groups' }
  | { to: 'group'; group: string }
  | { to: 'resources'; group: string; version: string }
  | { to: 'resource'; path: ResourcePath }

/** The route of a path; undefined for paths outside `/api` and `/apis`, and for malformed ones. */
export function routeOf(pathname: string): Route | undefined {
  const parts = segments(pathname)
  if (!parts) return undefined
  const [root, ...rest] = parts
  if (root === 'api') return rest.length === 0 ? { to: 'core-versions' } : versionRoute('', rest)
  if (root !== 'apis') return undefined
  const [group, ...below] = rest
  if (group === undefined) return { to: 'groups' }
  return below.length === 0 ? { to: 'group', group } : versionRoute(group, below)
}

/** Decoded segments without empty ones at the end; undefined when a segment cannot be decoded. */
function segments(pathname: string): string[] | undefined {
  try {
    return pathname
      .replace(/^\/|\/$/g, '')
      .split('/')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function versionRoute(group: string, [version = '', ...rest]: string[]): Route | undefined {
  if (rest.length === 0) return { to: 'resources', group, version }
  if (rest.some(part => part === '')) return undefined
  // `namespaces/N` and `namespaces/N/status` are the namespace itself; anything longer lives in it.
  const inside = rest[0] === 'namespaces' && rest.length > 2 && !isOwnSubresource(rest)
  const [plural = '', name, subresource, ...beyond] = inside ? rest.slice(2) : rest
  if (beyond.length > 0) return undefined
  const namespace = inside ? rest[1] : undefined
  return {
    to: 'resource',
    path: {
      group,
      version,
      plural,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
    },
  }
}

function isOwnSubresource(parts: string[]): boolean {
  return parts.length === 3 && (parts[2] === 'status' || parts[2] === 'finalize')
}
