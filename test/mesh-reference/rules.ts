// Which rules a request meets at a door, in their order: read from the objects each time anew, with no table between.
import type { Gateway, HttpMatchRequest, HttpRoute, VirtualService } from '../../local/api/istio/types.ts'

/** Where a request comes in: a port of the ingress gateway, or the outbound side of a captured caller. */
export type Door =
  | { kind: 'gateway'; port: number }
  | { kind: 'sidecar'; port: number; namespace: string; labels: Readonly<Record<string, string>> }

/** The objects of the mesh as written; `services` are the full hosts of the registry with their ports. */
export interface World {
  virtualServices: readonly VirtualService[]
  gateways: readonly Gateway[]
  services: readonly { host: string; ports: readonly number[] }[]
}

/** One `match` entry of one rule; without entries the rule stands alone. */
export interface Rule {
  owner: VirtualService
  http: HttpRoute
  /** `spec.http[2].match[0]`, or `spec.http[2]` */
  path: string
  match: HttpMatchRequest | undefined
}

const gatewayNamespace = 'istio-system'
const gatewayLabels = { istio: 'ingressgateway' }

/** The rules of the virtual host that takes `host`; undefined when there is none. */
export function rulesFor(world: World, door: Door, host: string): Rule[] | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return door.kind === 'gateway' ? gatewayRules(world, door.port, name) : sidecarRules(world, door, name)
}

/** A VirtualService none of whose rules is seen here does not take part. */
function gatewayRules(world: World, port: number, host: string): Rule[] | undefined {
  const bound = inOrder(world.virtualServices)
    .map(owner => ({ owner, rules: rulesOf(owner, rule => seenAtGateway(world, rule, port)) }))
    .filter(({ rules }) => rules.length > 0)
    .map(one => ({ ...one, hosts: hostsAtGateway(world, one.owner, port) }))
  const best = bestHost(
    host,
    bound.flatMap(({ hosts }) => hosts),
  )
  if (best === undefined) return undefined
  return catchAllsLast(bound.filter(({ hosts }) => hosts.includes(best)).map(({ rules }) => rules))
}

/** Hosts of a VirtualService that a server of that port lets in, by a Gateway it names. */
function hostsAtGateway(world: World, owner: VirtualService, port: number): string[] {
  const seen = owner.spec.exportTo ?? ['*']
  const here = namespaceOf(owner) === gatewayNamespace ? ['*', '.', gatewayNamespace] : ['*', gatewayNamespace]
  if (!seen.some(one => here.includes(one))) return []
  const names = (owner.spec.gateways ?? ['mesh']).map(name => fullGatewayName(name, owner))
  const servers = world.gateways
    .filter(gateway => names.includes(`${namespaceOf(gateway)}/${gateway.metadata.name}`) && opens(gateway))
    .flatMap(gateway => gateway.spec.servers.map(server => ({ gateway, server })))
    .filter(({ server }) => server.port.number === port)
  return (owner.spec.hosts ?? []).flatMap(host =>
    servers.flatMap(({ gateway, server }) =>
      server.hosts.flatMap(one => common(one, gateway, owner, host.toLowerCase())),
    ),
  )
}

function opens(gateway: Gateway): boolean {
  const wanted = Object.entries(gateway.spec.selector ?? {})
  return wanted.every(([name, value]) => (gatewayLabels as Record<string, string>)[name] === value)
}

/** What a server's host and a rule's host have in common: the narrower of the two, if one covers the other. */
function common(serverHost: string, gateway: Gateway, owner: VirtualService, host: string): string[] {
  const [first = '', second] = serverHost.split('/')
  const [namespace, pattern] = second === undefined ? ['*', first] : [first, second]
  const wanted = namespace === '.' ? namespaceOf(gateway) : namespace
  if (wanted !== '*' && wanted !== namespaceOf(owner)) return []
  if (covers(pattern, host)) return [host]
  return covers(host, pattern) ? [pattern] : []
}

/** `*.a.com` covers `b.a.com` and `*.b.a.com`; `*` covers all. */
function covers(pattern: string, host: string): boolean {
  if (pattern === host || pattern === '*') return true
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
}

/** An exact name, else the longest wildcard. */
function bestHost(host: string, names: readonly string[]): string | undefined {
  if (names.includes(host)) return host
  const wild = names.filter(name => name.startsWith('*') && covers(name, host))
  return wild.toSorted((a, b) => b.length - a.length)[0]
}

function seenAtGateway(world: World, { owner, match }: Rule, port: number): boolean {
  if (!match) return true
  if (match.port !== undefined && match.port !== port) return false
  if (match.gateways?.length) {
    const names = match.gateways.map(name => fullGatewayName(name, owner))
    return world.gateways.some(
      gateway =>
        names.includes(`${namespaceOf(gateway)}/${gateway.metadata.name}`) &&
        opens(gateway) &&
        gateway.spec.servers.some(server => server.port.number === port),
    )
  }
  if (match.sourceNamespace && match.sourceNamespace !== gatewayNamespace) return false
  return Object.entries(match.sourceLabels ?? {}).every(
    ([name, value]) => (gatewayLabels as Record<string, string>)[name] === value,
  )
}

/** At a sidecar services stand for themselves: the oldest VirtualService of a host alone counts. */
function sidecarRules(world: World, door: Door & { kind: 'sidecar' }, host: string): Rule[] | undefined {
  const service = world.services.find(one => one.ports.includes(door.port) && answersTo(one.host, host, door.namespace))
  // On port 80 hosts of rules need no service of that port, but only answer in full.
  if (!service && door.port !== 80) return undefined
  const owner = inOrder(world.virtualServices)
    .filter(one => (one.spec.gateways ?? ['mesh']).includes('mesh') && sidecarSees(one, door.namespace))
    .map(one => ({
      one,
      best: bestHost(
        service?.host ?? host,
        (one.spec.hosts ?? []).map(each => fullHost(each, one)),
      ),
    }))
    .filter(({ best }) => best !== undefined)
    .filter(({ one }) => rulesOf(one, rule => seenAtSidecar(rule, door)).length > 0)
    .toSorted((a, b) => specific(b.best) - specific(a.best))[0]?.one
  if (owner) return rulesOf(owner, rule => seenAtSidecar(rule, door))
  return service && [plainRule(service.host, door.port)]
}

/** An exact host before wildcards, a longer wildcard before a shorter one. */
const specific = (host = '') => (host.startsWith('*') ? host.length : 1_000)

function answersTo(service: string, host: string, namespace: string): boolean {
  const [name = '', own = ''] = service.split('.')
  const forms = [service, `${service}.`]
  if (service.endsWith('.svc.cluster.local')) forms.push(`${name}.${own}`, `${name}.${own}.svc`)
  if (own === namespace) forms.push(name)
  return forms.includes(host)
}

function sidecarSees(owner: VirtualService, namespace: string): boolean {
  const seen = owner.spec.exportTo ?? ['*']
  return seen.some(one => one === '*' || one === namespace || (one === '.' && namespaceOf(owner) === namespace))
}

function seenAtSidecar({ match }: Rule, door: Door & { kind: 'sidecar' }): boolean {
  if (!match) return true
  if (match.port !== undefined && match.port !== door.port) return false
  if (match.gateways?.length) return match.gateways.includes('mesh')
  if (match.sourceNamespace && match.sourceNamespace !== door.namespace) return false
  return Object.entries(match.sourceLabels ?? {}).every(([name, value]) => door.labels[name] === value)
}

/** A service without VirtualService routes to itself. */
function plainRule(host: string, port: number): Rule {
  const http: HttpRoute = { name: 'default', route: [{ destination: { host, port: { number: port } } }] }
  const owner = { apiVersion: '', kind: 'VirtualService', metadata: { name: '' }, spec: {} }
  return { owner, http, path: '', match: undefined }
}

/** The entries of a VirtualService's rules that are seen here, down to the first that takes everything. */
function rulesOf(owner: VirtualService, seen: (rule: Rule) => boolean): Rule[] {
  const all = (owner.spec.http ?? []).flatMap((http, index): Rule[] =>
    http.match?.length
      ? http.match.map((match, entry) => ({ owner, http, path: `spec.http[${index}].match[${entry}]`, match }))
      : [{ owner, http, path: `spec.http[${index}]`, match: undefined }],
  )
  const rules = all.filter(seen)
  const last = rules.findIndex(takesAll)
  return last < 0 ? rules : rules.slice(0, last + 1)
}

/** Several VirtualServices of one host: what takes everything waits until all others had their chance. */
function catchAllsLast(lists: readonly Rule[][]): Rule[] {
  const all = lists.flat()
  return lists.length < 2 ? all : [...all.filter(rule => !takesAll(rule)), ...all.filter(takesAll)]
}

function takesAll({ match }: Rule): boolean {
  if (!match) return true
  const { uri, headers, withoutHeaders, queryParams, method, scheme, authority } = match
  const any = (map: object | undefined) => Object.keys(map ?? {}).length > 0
  if (any(headers) || any(withoutHeaders) || any(queryParams) || method || scheme || authority) return false
  return uri === undefined || uri.prefix === '/'
}

/** The older first; no stamp is older than any; then by name. */
function inOrder(all: readonly VirtualService[]): VirtualService[] {
  const key = ({ metadata }: VirtualService) => [
    metadata.creationTimestamp ?? '',
    metadata.name,
    metadata.namespace ?? '',
  ]
  return all.toSorted((a, b) => compareLists(key(a), key(b)))
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? ''
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}

const namespaceOf = ({ metadata }: VirtualService | Gateway) => metadata.namespace ?? 'default'

function fullGatewayName(name: string, owner: VirtualService): string {
  return name === 'mesh' || name.includes('/') ? name : `${namespaceOf(owner)}/${name}`
}

/** A name without dots is a service of the rule's namespace. */
export function fullHost(host: string, owner: VirtualService): string {
  const name = host.toLowerCase()
  return name.includes('.') || name === '*' ? name : `${name}.${namespaceOf(owner)}.svc.cluster.local`
}
