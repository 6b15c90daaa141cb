// What connections of a caller meet at a port when they are not HTTP: rules for their service, else the service itself.

import { type AddressBlock, addressBlock } from '../../security/address-block.ts'
import type { RouteOrigin } from '../../table/route.ts'
import type { TcpChain, TcpListener, TcpListeners, TcpRoute } from '../../table/tcp-route.ts'
import type { MeshService } from '../service-registry.ts'
import type { BoundVirtualService, TcpMatch } from '../virtual-service/bound-service.ts'
import { clusterName } from '../virtual-service/destination.ts'
import { hostsOverlap } from '../virtual-service/names.ts'
import { compileTcpRoute, holdsForCaller, type TcpPlace } from '../virtual-service/tcp-route.ts'
import { domainsOf } from './domains.ts'
import { type ServicesByHost, speaksHttp } from './selection.ts'

export interface TcpListenerInput {
  /** Narrowed to the port. */
  services: ServicesByHost
  /** Those that count for the caller, in their order. */
  virtualServices: readonly BoundVirtualService[]
  /** Names of ExternalName Services by the host they stand for. */
  aliases: ReadonlyMap<string, readonly string[]>
  place: TcpPlace
}

/**
 * A service with an address of its own has a listener of its own. The others share one, where names in hellos and blocks
 * of addresses tell them apart (Istio's listener.go). One without an address whose bytes nothing tells apart is found by
 * its name all the same, as with Istio's DNS proxy.
 */
export function compileTcpListeners(input: TcpListenerInput): TcpListeners {
  const named = new Map<string, TcpListener>()
  const shared: TcpChain[] = []
  const speaking = input.virtualServices.filter(({ tls, tcp }) => tls.length + tcp.length > 0)
  for (const service of input.services.values()) {
    if (service.aliasOf !== undefined || !carriesBytes(service)) continue
    const chains = chainsOf(service, { ...input, virtualServices: speaking })
    if (hasOwnAddress(service) || !carriesTls(service)) {
      for (const name of namesOf(service, input)) if (!named.has(name)) named.set(name, listenerOf(chains, service))
    }
    if (!hasOwnAddress(service)) shared.push(...chains)
  }
  const others = withoutRepetition(shared)
  const http = [...input.services.values()].some(speaksHttp)
  return { named, others: { looksFor: http || others.length === 0 ? 'http' : lookFor(others), chains: others } }
}

const portOf = ({ ports: [port] }: MeshService) => port?.protocol

function carriesBytes(service: MeshService): boolean {
  return portOf(service) === 'AUTO' || !speaksHttp(service)
}

function carriesTls(service: MeshService): boolean {
  return portOf(service) === 'TLS' || portOf(service) === 'HTTPS'
}

function hasOwnAddress({ origin, resolution, addresses }: MeshService): boolean {
  return origin === 'Service' ? resolution !== 'none' : addresses.some(address => !address.includes('/'))
}

function namesOf(service: MeshService, { aliases, place }: TcpListenerInput): string[] {
  const domains = domainsOf(service, aliases.get(service.host) ?? [], place.namespace)
  return domains.map(({ name }) => name.replace(/^\[|\]$/g, '')).filter(name => !name.includes('*'))
}

function listenerOf(chains: readonly TcpChain[], service: MeshService): TcpListener {
  return { looksFor: portOf(service) === 'AUTO' ? 'http' : lookFor(chains), chains }
}

function lookFor(chains: readonly TcpChain[]): TcpListener['looksFor'] {
  return chains.every(({ serverNames }) => serverNames.includes('*')) ? 'nothing' : 'name'
}

function chainsOf(service: MeshService, input: TcpListenerInput): TcpChain[] {
  const { virtualServices } = input
  const speaking = virtualServices.filter(({ hosts }) => hosts.some(host => hostsOverlap(host, service.host)))
  return carriesTls(service) ? tlsChains(service, speaking, input) : tcpChains(service, speaking, input)
}

/** A chain each entry of a rule that holds for the caller; without any, one for the service by its names. */
function tlsChains(
  service: MeshService,
  speaking: readonly BoundVirtualService[],
  input: TcpListenerInput,
): TcpChain[] {
  const subnets = blocksOf(service.addresses.filter(isBlock))
  const ruled = speaking.flatMap(({ tls }) =>
    tls.flatMap(rule =>
      rule.match.flatMap((match, index): TcpChain[] => {
        const origin = { ...rule.origin, path: `${rule.origin.path}.match[${index}]` }
        const route = holdsForCaller(input.place, match) ? compileTcpRoute({ ...rule, origin }, input.place) : undefined
        return route ? [chain(route, match.sniHosts ?? [], blocksOf(match.destinationSubnets) ?? subnets)] : []
      }),
    ),
  )
  if (ruled.length > 0) return ruled
  const bySubnetAlone = hasOwnAddress(service)
  const names = [service.host, ...(input.aliases.get(service.host) ?? [])]
  return [chain(ownRoute(service, input.place), bySubnetAlone ? ['*'] : names, subnets)]
}

/**
 * The first rule that asks for no subnet is the last one that counts. Rules that ask for some stand before the service
 * itself, which takes what they leave.
 */
function tcpChains(
  service: MeshService,
  speaking: readonly BoundVirtualService[],
  input: TcpListenerInput,
): TcpChain[] {
  const subnets = blocksOf(service.addresses.filter(isBlock))
  const chains: TcpChain[] = []
  for (const rule of speaking.flatMap(({ tcp }) => tcp)) {
    const holding = rule.match.filter(match => holdsForCaller(input.place, match))
    if (rule.match.length > 0 && holding.length === 0) continue
    const route = compileTcpRoute(rule, input.place)
    if (!route) continue
    const wanted = narrowedTo(holding)
    chains.push(chain(route, ['*'], wanted ?? subnets))
    if (!wanted) return chains
  }
  return [...chains, chain(ownRoute(service, input.place), ['*'], subnets)]
}

/** Undefined when one of them takes any destination. */
function narrowedTo(matches: readonly TcpMatch[]): readonly AddressBlock[] | undefined {
  const open = matches.length === 0 || matches.some(({ destinationSubnets }) => !destinationSubnets?.length)
  return open ? undefined : blocksOf(matches.flatMap(({ destinationSubnets = [] }) => destinationSubnets))
}

function chain(route: TcpRoute, serverNames: readonly string[], subnets: readonly AddressBlock[] = []): TcpChain {
  return { serverNames, applicationProtocols: [], subnets, route }
}

const isBlock = (address: string) => address.includes('/')

/** Undefined without any. What is no address is left out: validation refuses it earlier. */
function blocksOf(written: readonly string[] | undefined): readonly AddressBlock[] | undefined {
  return written?.length ? written.flatMap(one => addressBlock(one) ?? []) : undefined
}

function ownRoute({ origin: kind, namespace, name, host }: MeshService, { port }: TcpPlace): TcpRoute {
  const origin: RouteOrigin = { kind, namespace, name, path: '' }
  return { origin, clusters: [{ cluster: clusterName(host, port), weight: 1 }], totalWeight: 1, originatesTls: true }
}

/** Of two chains that take the same connections the first one does. */
function withoutRepetition(chains: readonly TcpChain[]): TcpChain[] {
  const known = new Set<string>()
  return chains.flatMap(one => {
    const where = one.subnets
      .map(({ written }) => written)
      .sort()
      .join()
    const names = one.serverNames.filter(name => !known.has(`${name} ${where}`))
    for (const name of names) known.add(`${name} ${where}`)
    return names.length > 0 ? { ...one, serverNames: names } : []
  })
}
