// Where a captured request goes: to the local gateway, to nothing, or past the mesh to the address it names.
import type { GatewayTables } from '../compile/host-table.ts'
import type { Identity } from '../identity.ts'
import { hostKey } from '../route/route.ts'

export type Destination =
  | { kind: 'gateway' }
  /** A name of the cluster that leads nowhere; `hint` says what would. */
  | { kind: 'nowhere'; hint: string | undefined }
  | { kind: 'outside'; host: string; port: number }

/** What is known inside: hosts of the tables and of internal services. */
export interface KnownNames {
  tables: GatewayTables
  internals: { has(host: string): boolean }
}

const gateway: Destination = { kind: 'gateway' }

/**
 * Cluster names answer on port 80 only, as `name.namespace`, `….svc` and `….svc.cluster.local`; the bare name of a service
 * of the caller's own namespace is in no route, so it is answered 404 (spec/knative-on-istio.md section 2).
 */
export function destinationOf(authority: string, caller: Identity | undefined, known: KnownNames): Destination {
  // As nearly all callers write it: no port, no capitals.
  if (known.tables.local.has(authority) || known.internals.has(authority)) return gateway
  const { host, port } = splitAuthority(authority)
  const key = hostKey(host).replace(/\.$/, '')
  const inside = known.internals.has(key) || known.tables.local.has(key)
  if (inside && port === 80) return gateway
  if (!key.includes('.')) {
    const full = `${key}.${caller?.namespace}`
    if (known.tables.local.has(full)) return { kind: 'nowhere', hint: `http://${full} is its name inside the mesh` }
  }
  if (isClusterName(key, known.tables) && port === 80) return { kind: 'nowhere', hint: undefined }
  return { kind: 'outside', host: realHost(key), port }
}

function isClusterName(host: string, tables: GatewayTables): boolean {
  if (host.endsWith('.svc') || host.endsWith('.svc.cluster.local')) return true
  const labels = host.split('.')
  return labels.length === 2 && tables.namespaces.has(labels[1] ?? '')
}

/** Programs do not all resolve `*.localhost`; it is this machine by definition (RFC 6761). */
function realHost(host: string): string {
  return host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : host
}

/** Splits `host:port`; 80 when no port is named. An IPv6 address stands in brackets. */
export function splitAuthority(authority: string): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority)
  const host = match?.[1] ?? authority
  return { host: host.replace(/^\[|\]$/g, ''), port: match?.[2] ? Number(match[2]) : 80 }
}
