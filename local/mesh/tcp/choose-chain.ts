// Which of a listener's chains takes a connection, in the order in which Envoy asks (filter_chain_manager_impl.cc).

import type { ClientHello } from '../proxy/tls/client-hello.ts'
import { holds } from '../security/address-block.ts'
import type { NamedChain, TcpChain } from '../table/tcp-route.ts'

/**
 * By the name in the hello: an exact one first, then the longest wildcard, then `*`, which clients without a name or
 * without TLS meet too. What the best name then asks of the protocols offered is not made up for by another chain.
 */
export function chainFor<T extends NamedChain>(chains: readonly T[], hello: Partial<ClientHello>): T | undefined {
  const { serverName = '', applicationProtocols = [] } = hello
  let best: T | undefined
  let bestLength = -1
  for (const chain of chains) {
    for (const pattern of chain.serverNames) {
      const length = matchLength(pattern.toLowerCase(), serverName)
      if (length <= bestLength) continue
      best = chain
      bestLength = length
    }
  }
  const wanted = best?.applicationProtocols ?? []
  return wanted.length === 0 || applicationProtocols.some(one => wanted.includes(one)) ? best : undefined
}

/** How much of the name a pattern fixes; −1 when it does not match. */
function matchLength(pattern: string, name: string): number {
  if (pattern === '*') return 0
  if (pattern.startsWith('*.')) return name.endsWith(pattern.slice(1)) ? pattern.length - 1 : -1
  return pattern === name ? Number.MAX_SAFE_INTEGER : -1
}

/** The narrowest block that holds the destination decides before any name does; undefined: its address is not known. */
export function outboundChain(
  chains: readonly TcpChain[],
  hello: Partial<ClientHello>,
  destination: string | undefined,
): TcpChain | undefined {
  const bits = chains.map(({ subnets }) => (subnets.length === 0 ? 0 : narrowest(subnets, destination)))
  const most = Math.max(0, ...bits)
  return chainFor(
    chains.filter((_, index) => bits[index] === most),
    hello,
  )
}

/** One bit more than the block fixes, so that a block of every address counts before none; −1 when none holds it. */
function narrowest(subnets: TcpChain['subnets'], destination: string | undefined): number {
  if (destination === undefined) return -1
  return Math.max(-1, ...subnets.map(block => (holds(block, destination) ? block.bits + 1 : -1)))
}
