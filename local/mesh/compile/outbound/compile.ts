// What captured callers meet, by caller and port: compiled when first asked for, then remembered.
import type { OutboundPort } from '../../table/mesh-table.ts'
import { noListeners } from '../../table/tcp-route.ts'
import { noHosts, type VirtualHosts } from '../../table/virtual-hosts.ts'
import type { CompileSettings } from '../compile-settings.ts'
import type { Caller } from '../destination-rule/rules.ts'
import type { MeshObjects } from '../mesh-objects.ts'
import type { ServiceRegistry } from '../service-registry.ts'
import type { EgressScope } from '../sidecar/egress-scope.ts'
import { createScopes } from '../sidecar/scopes.ts'
import { boundServicesOf } from '../virtual-service/all-services.ts'
import type { BoundVirtualService } from '../virtual-service/bound-service.ts'
import type { RoutingPlace } from '../virtual-service/place.ts'
import { RejectedConfiguration } from '../virtual-service/rejection.ts'
import { aliasesByHost } from './domains.ts'
import { compilePortHosts } from './port-hosts.ts'
import { type ServicesByHost, servicesAt, speaksHttp, virtualServicesFor } from './selection.ts'
import { compileTcpListeners } from './tcp-listeners.ts'

export type Outbound = (caller: Caller, port: number) => OutboundPort

/** By caller and port what Envoy took last; whoever compiles hands it from one compilation to the next. */
export type LastTaken = Map<string, VirtualHosts>

/**
 * Callers of one namespace whose labels do not differ where rules or Sidecars look share their tables. Where Envoy would
 * not take the routes of a port, the old ones stay; without old ones every host answers 404.
 */
export function createOutbound(
  objects: MeshObjects,
  registry: ServiceRegistry,
  settings: CompileSettings,
  lastTaken: LastTaken = new Map(),
): Outbound {
  const virtualServices = boundServicesOf(objects)
  const labels = labelsLookedAt(virtualServices)
  const { outboundPolicy, rootNamespace } = settings
  const scopeOf = createScopes(objects.sidecars, rootNamespace, { registry, virtualServices, outboundPolicy })
  const aliasesOf = createAliases(registry)
  const ports = new Map<string, OutboundPort>()
  const byCaller = new WeakMap<Caller, Map<number, OutboundPort>>()

  function shared(caller: Caller, port: number): OutboundPort {
    const scope = scopeOf(caller)
    const kind = [scope.namespace, scope.sidecar, labels.map(name => caller.labels[name] ?? null), port]
    const key = JSON.stringify(kind)
    const known = ports.get(key)
    if (known) return known
    const view = { scope, virtualServices, aliases: aliasesOf(caller.namespace) }
    const compiled = compilePort(view, caller, port, settings, key, lastTaken)
    ports.set(key, compiled)
    return compiled
  }

  return (caller, port) => {
    const known = byCaller.get(caller)?.get(port)
    if (known) return known
    const compiled = shared(caller, port)
    const own = byCaller.get(caller) ?? new Map<number, OutboundPort>()
    byCaller.set(caller, own.set(port, compiled))
    return compiled
  }
}

function labelsLookedAt(services: readonly BoundVirtualService[]): string[] {
  const matches = services.flatMap(({ rules, tls, tcp }) => [
    ...rules.flatMap(({ http }) => http.match ?? []),
    ...[...tls, ...tcp].flatMap(({ match }) => match),
  ])
  return [...new Set(matches.flatMap(({ sourceLabels }) => Object.keys(sourceLabels ?? {})))].sort()
}

/** What callers of a namespace see under one Sidecar. */
interface View {
  scope: EgressScope
  virtualServices: readonly BoundVirtualService[]
  aliases: ReadonlyMap<string, readonly string[]>
}

function createAliases(registry: ServiceRegistry): (namespace: string) => View['aliases'] {
  const byNamespace = new Map<string, View['aliases']>()
  return namespace => {
    const known = byNamespace.get(namespace) ?? aliasesByHost(registry.visible(namespace))
    byNamespace.set(namespace, known)
    return known
  }
}

function compilePort(
  { scope, virtualServices, aliases }: View,
  caller: Caller,
  port: number,
  settings: CompileSettings,
  key: string,
  lastTaken: LastTaken,
): OutboundPort {
  const listener = scope.listener(port)
  const otherwise = scope.outboundPolicy
  if (!listener) return { http: false, hosts: noHosts, tcp: noListeners, otherwise }
  const services = servicesAt(listener.services, port)
  const counting = virtualServicesFor(caller.namespace, virtualServices, listener)
  const place = placeOf(caller, port, services, settings)
  // Unlike those of HTTP, rules for connections find destinations at other ports too.
  const anywhere = { ...place, findService: (host: string) => scope.services.get(host) }
  const tcp = compileTcpListeners({ services, virtualServices: counting, aliases, place: anywhere })
  const http = [...services.values()].some(speaksHttp)
  if (!http) return { http, hosts: noHosts, tcp, otherwise }
  const hosts = taken(key, lastTaken, settings, place, () => compilePortHosts(services, counting, aliases, place))
  return { http, hosts, tcp, otherwise }
}

function placeOf(
  { namespace, labels }: Caller,
  port: number,
  services: ServicesByHost,
  { defaultRetries }: CompileSettings,
): RoutingPlace {
  return {
    port,
    gateway: 'mesh',
    tls: false,
    namespace,
    labels,
    defaultRetries,
    findService: host => services.get(host),
  }
}

function taken(
  key: string,
  lastTaken: LastTaken,
  settings: CompileSettings,
  { namespace, port }: RoutingPlace,
  compile: () => VirtualHosts,
): VirtualHosts {
  try {
    const hosts = compile()
    lastTaken.set(key, hosts)
    return hosts
  } catch (error) {
    if (!(error instanceof RejectedConfiguration)) throw error
    settings.onRefusal({
      where: `port ${port} for callers of namespace ${namespace}, all hosts`,
      message: error.message,
    })
    return lastTaken.get(key) ?? nowhere
  }
}

/** Envoy has no routes at all: every host is unknown to it. */
const nowhere: VirtualHosts = { ...noHosts, any: { name: 'no routes', routes: [], httpsRedirect: false } }
