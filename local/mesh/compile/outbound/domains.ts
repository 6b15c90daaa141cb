// The names under which a caller reaches a service.
import type { MeshService } from '../service-registry.ts'

export interface Domain {
  name: string
  /** Made from the full name. Where another service has exactly that name, it is that one's. */
  shortened: boolean
}

const clusterSuffix = '.svc.cluster.local'

/**
 * `reviews.default.svc.cluster.local`, the same with a trailing dot, `reviews.default.svc`, `reviews.default`, from its own
 * namespace `reviews`; the same for every ExternalName that stands for it, and its virtual addresses. Ports are not part of
 * them: they do not count when a host is looked up.
 */
export function domainsOf(service: MeshService, aliases: readonly string[], namespace: string): Domain[] {
  const names = [service.host, ...aliases].flatMap(host => formsOf(host, namespace))
  const headless = service.origin === 'Service' && service.resolution === 'none'
  const below = headless ? names.map(({ name, shortened }) => ({ name: `*.${name}`, shortened })) : []
  const addresses = service.addresses.map(name => ({ name: name.includes(':') ? `[${name}]` : name, shortened: false }))
  return [...names, ...below, ...addresses]
}

function formsOf(host: string, namespace: string): Domain[] {
  const shorter = host.endsWith(clusterSuffix) ? shortForms(host.slice(0, -clusterSuffix.length), namespace) : []
  return [{ name: host, shortened: false }, ...[`${host}.`, ...shorter].map(name => ({ name, shortened: true }))]
}

function shortForms(name: string, namespace: string): string[] {
  const [service = '', itsNamespace] = name.split('.')
  return itsNamespace === namespace ? [service, `${name}.svc`, name] : [name, `${name}.svc`]
}

/** The hosts of ExternalName Services by the host they stand for in the end; those that lead in a circle for none. */
export function aliasesByHost(services: readonly MeshService[]): Map<string, string[]> {
  const targets = new Map<string, string>()
  for (const { host, aliasOf } of services) if (aliasOf !== undefined) targets.set(host, aliasOf)
  const aliases = new Map<string, string[]>()
  for (const host of targets.keys()) {
    const target = endOf(host, targets)
    if (target !== undefined) aliases.set(target, [...(aliases.get(target) ?? []), host])
  }
  return aliases
}

function endOf(host: string, targets: ReadonlyMap<string, string>): string | undefined {
  const seen = new Set<string>()
  let end = host
  for (let next = targets.get(end); next !== undefined; next = targets.get(end)) {
    if (seen.has(end)) return undefined
    seen.add(end)
    end = next
  }
  return end
}
