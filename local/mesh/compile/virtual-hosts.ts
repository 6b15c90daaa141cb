// Sorts domains into the three places where a request's host is looked up.
import type { VirtualHost, VirtualHosts } from '../table/virtual-hosts.ts'

/** Of a domain named twice the first one counts. */
export function toVirtualHosts(domains: Iterable<readonly [domain: string, host: VirtualHost]>): VirtualHosts {
  const exact = new Map<string, VirtualHost>()
  const suffixes = new Map<string, VirtualHost>()
  let any: VirtualHost | undefined
  for (const [domain, host] of domains) {
    if (domain === '*') any ??= host
    else if (!domain.startsWith('*')) addOnce(exact, domain, host)
    else addOnce(suffixes, domain.slice(1), host)
  }
  const longestFirst = Array.from(suffixes, ([suffix, host]) => ({ suffix, host }))
  longestFirst.sort((a, b) => b.suffix.length - a.suffix.length)
  return { exact, suffixes: longestFirst, any }
}

function addOnce(hosts: Map<string, VirtualHost>, domain: string, host: VirtualHost): void {
  if (!hosts.has(domain)) hosts.set(domain, host)
}
