// Choosing one of several endpoints: the least busy of two, in turn, by chance, or by the request's hash.
import type { Random } from '../../kernel/random.ts'
import type { Balancing } from '../table/cluster.ts'
import { createMaglev, createRing, type HashTable } from './hash-table.ts'
import type { Host } from './host.ts'

export interface WeightedHost {
  host: Host
  weight: number
}

/** `hosts` are those that may be used now, at least one. `attempt` counts from 0 within one request. */
export type Pick = <T extends WeightedHost>(
  hosts: readonly T[],
  hash: bigint | undefined,
  attempt: number,
) => T | undefined

export function createPick(balancing: Balancing, hosts: readonly WeightedHost[], random: Random): Pick {
  switch (balancing.kind) {
    case 'consistent-hash':
      return byHash(balancing.table === 'ring' ? createRing : createMaglev, balancing.slots, random)
    case 'random':
      return uniform(random)
    case 'round-robin':
      return hasWeights(hosts) ? earliestDeadline(({ weight }) => weight) : inTurn(random)
    default:
      return hasWeights(hosts)
        ? earliestDeadline(({ host, weight }) => weight / (host.active + 1))
        : lessBusyOfTwo(random)
  }
}

function hasWeights(hosts: readonly WeightedHost[]): boolean {
  return hosts.some(({ weight }) => weight !== hosts[0]?.weight)
}

function draw<T>(hosts: readonly T[], random: Random): T | undefined {
  return hosts[Math.floor(random.next() * hosts.length)]
}

/** Weights are nothing to it, as in Envoy. */
function uniform(random: Random): Pick {
  return hosts => draw(hosts, random)
}

function lessBusyOfTwo(random: Random): Pick {
  return hosts => {
    const first = draw(hosts, random)
    const second = draw(hosts, random)
    return first && second && second.host.active < first.host.active ? second : first
  }
}

function inTurn(random: Random): Pick {
  let turn = Math.floor(random.next() * 0x1_0000)
  return hosts => hosts[turn++ % hosts.length]
}

/** Earliest deadline first: each choice puts the endpoint's next one off by the inverse of its weight. */
function earliestDeadline(weightOf: (host: WeightedHost) => number): Pick {
  const deadlines = new Map<Host, number>()
  let time = 0
  return <T extends WeightedHost>(hosts: readonly T[]) => {
    let best: T | undefined
    let earliest = Number.POSITIVE_INFINITY
    for (const candidate of hosts) {
      const deadline = deadlines.get(candidate.host) ?? time + 1 / weightOf(candidate)
      deadlines.set(candidate.host, deadline)
      if (deadline < earliest) [best, earliest] = [candidate, deadline]
    }
    if (!best) return undefined
    time = Math.max(time, earliest)
    deadlines.set(best.host, time + 1 / weightOf(best))
    return best
  }
}

type MakeTable = (endpoints: readonly { address: string; weight: number }[], slots: number) => HashTable

/** The table stands until other endpoints may be used. Without a hash, chance decides. */
function byHash(make: MakeTable, slots: number, random: Random): Pick {
  let built: { of: readonly Host[]; table: HashTable } | undefined
  const tableOf = (hosts: readonly WeightedHost[]) => {
    if (!built || !isMadeOf(built.of, hosts)) {
      const endpoints = hosts.map(({ host, weight }) => ({ address: host.address, weight }))
      built = { of: hosts.map(({ host }) => host), table: make(endpoints, slots) }
    }
    return built.table
  }
  return (hosts, hash, attempt) => (hash === undefined ? draw(hosts, random) : hosts[tableOf(hosts)(hash, attempt)])
}

function isMadeOf(known: readonly Host[], hosts: readonly WeightedHost[]): boolean {
  return known.length === hosts.length && hosts.every(({ host }, index) => host === known[index])
}
