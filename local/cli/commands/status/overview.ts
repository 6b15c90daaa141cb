// What runs where, for people: the table of services, and a line to copy for each address one can call.
import type { RuntimeStatus } from '../../../composition/runtime.ts'
import type { ServiceStatus } from '../../../composition/status.ts'
import { formatTable } from '../../table.ts'

/** Hosts of the ingress that stand for the same thing, and a path worth trying there. */
export interface PublicHost {
  namespace: string
  hosts: string[]
  path: string
  /** The port of the Gateway, whatever it is on this machine. */
  gatewayPort: number
  /** `namespace/name` when they stand for one service. */
  service?: string
}

/** The table of services, with the reason beside what is not Ready. */
export function formatServices(services: readonly ServiceStatus[]): string {
  const rows = services.map(one => [one.namespace, one.name, one.ready, String(one.instances), one.url, one.reason])
  return formatTable(['NAMESPACE', 'SERVICE', 'READY', 'INSTANCES', 'URL', 'REASON'], rows)
}

/** The overview after a boot: services, then one curl for whatever has hosts of its own and for every public service. */
export function formatOverview(status: RuntimeStatus, hosts: readonly PublicHost[], bootMs: number): string {
  const ready = status.services.filter(one => one.ready === 'True').length
  const head = `skiff is up: ${ready} of ${status.services.length} services ready in ${bootMs} ms, process ${status.pid}\n`
  // A service with a host of its own choice is called there.
  const known = new Set(hosts.map(one => one.service))
  const others = status.services.filter(one => !known.has(`${one.namespace}/${one.name}`))
  const curls = [...hosts.flatMap(one => hostCurl(one, status.ports)), ...others.flatMap(urlCurl)]
  return [
    head,
    status.services.length > 0 ? `\n${formatServices(status.services)}` : '',
    curls.length > 0 ? `\nTry:\n${formatCurls(curls)}` : '',
  ].join('')
}

/** A line to copy, and what it is about. */
interface Curl {
  line: string
  remark: string
}

/** Nothing for a port that no listener has. */
function hostCurl({ namespace, hosts, path, gatewayPort }: PublicHost, ports: Record<string, number>): Curl[] {
  // Names below localhost lead to this machine by themselves; others need not.
  const host = hosts.find(one => one.endsWith('.localhost')) ?? hosts[0]
  const port = ports[gatewayPort]
  if (!host || !port) return []
  const also = hosts.filter(one => one !== host).join(', ')
  const line = host.endsWith('.localhost')
    ? `curl http://${host}:${port}${path}`
    : `curl -H 'Host: ${host}' http://127.0.0.1:${port}${path}`
  return [{ line, remark: also ? `${namespace}; also as Host: ${also}` : namespace }]
}

/** Nothing for a service that only the mesh reaches. */
function urlCurl({ namespace, url }: ServiceStatus): Curl[] {
  const isPublic = url && !new URL(url).hostname.endsWith('.svc.cluster.local')
  return isPublic ? [{ line: `curl ${url}`, remark: namespace }] : []
}

function formatCurls(curls: readonly Curl[]): string {
  const width = Math.max(...curls.map(({ line }) => line.length))
  return curls.map(({ line, remark }) => `  ${line.padEnd(width)}   # ${remark}\n`).join('')
}
