// What runs where, for people: the table of services, and a line to copy for each address one can call.
import type { RuntimeStatus } from '../runtime.ts'
import type { ServiceStatus } from '../status.ts'
import { formatTable } from './table.ts'

/** A host of the ingress that stands for a service, and a path worth trying there. */
export interface MappedHost {
  host: string
  path: string
  /** `namespace/name` of what it stands for. */
  service: string
}

/** The table of services, with the reason beside what is not Ready. */
export function formatServices(services: readonly ServiceStatus[]): string {
  const rows = services.map(one => [one.namespace, one.name, one.ready, String(one.instances), one.url, one.reason])
  return formatTable(['NAMESPACE', 'SERVICE', 'READY', 'INSTANCES', 'URL', 'REASON'], rows)
}

/** The overview after a boot: services, then curls for mapped hosts and every public service. */
export function formatOverview(status: RuntimeStatus, mapped: readonly MappedHost[], bootMs: number): string {
  const ready = status.services.filter(one => one.ready === 'True').length
  const head = `skiff is up: ${ready} of ${status.services.length} services ready in ${bootMs} ms, process ${status.pid}\n`
  // A service with a host of its own choice is called there.
  const known = new Set(mapped.map(one => one.service))
  const others = status.services.filter(one => !known.has(`${one.namespace}/${one.name}`))
  const curls = [...mapped.map(one => hostCurl(one, status.ports)), ...others.flatMap(urlCurl)]
  return [
    head,
    status.services.length > 0 ? `\n${formatServices(status.services)}` : '',
    curls.length > 0 ? `\nTry:\n${curls.map(curl => `  ${curl}\n`).join('')}` : '',
  ].join('')
}

/** With `Host`, because such a name need not resolve to this machine. */
function hostCurl({ host, path }: MappedHost, ports: Record<string, number>): string {
  return `curl -H 'Host: ${host}' http://127.0.0.1:${ports['80'] ?? 8080}${path}`
}

/** Nothing for a service that only the mesh reaches. */
function urlCurl({ url }: ServiceStatus): string[] {
  return url && !new URL(url).hostname.endsWith('.svc.cluster.local') ? [`curl ${url}`] : []
}
