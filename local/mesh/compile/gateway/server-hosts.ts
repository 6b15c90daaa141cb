// `hosts` of a Gateway's server: which hosts of which namespaces' VirtualServices it lets in.
import { coversHost } from '../virtual-service/names.ts'

export interface ServerHost {
  /** The only namespace whose VirtualServices may use it; undefined is any. */
  namespace: string | undefined
  /** In lower case. */
  host: string
}

/** `host`, `ns/host`, `./host` (the Gateway's own namespace), and an asterisk for any namespace. */
export function parseServerHost(text: string, ownNamespace: string): ServerHost {
  const slash = text.indexOf('/')
  const host = text.slice(slash + 1).toLowerCase()
  const namespace = slash < 0 ? '*' : text.slice(0, slash)
  if (namespace === '*') return { namespace: undefined, host }
  return { namespace: namespace === '.' ? ownNamespace : namespace, host }
}

/** Of two that overlap the narrower one stays: `*.w` with `a.w` is `a.w`, whichever side names it. */
export function intersectHosts(
  servers: readonly ServerHost[],
  namespace: string,
  hosts: readonly string[],
): readonly string[] {
  const found = new Set<string>()
  for (const server of servers) {
    if (server.namespace !== undefined && server.namespace !== namespace) continue
    for (const host of hosts) {
      if (coversHost(host, server.host)) found.add(server.host)
      else if (coversHost(server.host, host)) found.add(host)
    }
  }
  return [...found]
}
