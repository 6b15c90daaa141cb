// The tables of consistent hashing: a request's hash leads to an endpoint, the same one while the endpoints are the same.
import { xxHash64 } from './xx-hash.ts'

/** Gives the index of an endpoint. `attempt` counts from 0; another attempt leads elsewhere, but always to the same place. */
export type HashTable = (hash: bigint, attempt: number) => number

export interface HashedEndpoint {
  /** `127.0.0.1:19001` */
  address: string
  weight: number
}

const longestRing = 8 * 1024 * 1024

/** Envoy's ring: each endpoint has slots by its weight, the lightest a whole number of them. */
export function createRing(endpoints: readonly HashedEndpoint[], minimumSlots: number): HashTable {
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0)
  const lightest = Math.min(...endpoints.map(({ weight }) => weight)) / total
  const scale = Math.min(Math.ceil(lightest * minimumSlots) / lightest, longestRing)
  const slots: { hash: bigint; index: number }[] = []
  let target = 0
  for (const [index, { address, weight }] of endpoints.entries()) {
    target += (scale * weight) / total
    for (let copy = 0; slots.length < target; copy++) slots.push({ hash: xxHash64(`${address}_${copy}`), index })
  }
  slots.sort((a, b) => (a.hash < b.hash ? -1 : Number(a.hash > b.hash)))
  return (hash, attempt) => slots[(firstAtOrAfter(slots, hash) + attempt) % slots.length]?.index ?? 0
}

/** Past the last slot the ring begins again. */
function firstAtOrAfter(slots: readonly { hash: bigint }[], hash: bigint): number {
  let low = 0
  let high = slots.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((slots[middle]?.hash ?? 0n) < hash) low = middle + 1
    else high = middle
  }
  return low % slots.length
}

interface MaglevEntry {
  index: number
  weight: number
  target: number
  offset: number
  skip: number
  next: number
}

/** Envoy's maglev table of `size` slots (a prime): endpoints take their slots in turns, each by its own permutation. */
export function createMaglev(endpoints: readonly HashedEndpoint[], size: number): HashTable {
  const entries = maglevEntries(endpoints, size)
  const heaviest = Math.max(...entries.map(({ weight }) => weight))
  const slots = new Int32Array(size).fill(-1)
  let filled = 0
  for (let turn = 1; filled < size; turn++) {
    for (const entry of entries) {
      if (filled === size || turn * entry.weight < entry.target) continue
      entry.target += heaviest
      slots[nextFreeSlot(entry, slots)] = entry.index
      filled++
    }
  }
  const modulus = BigInt(size)
  return (hash, attempt) => {
    const own = attempt === 0 ? hash : BigInt.asUintN(64, hash ^ BigInt.asUintN(64, -BigInt(attempt)))
    return slots[Number(own % modulus)] ?? 0
  }
}

/** In the order of their addresses, so that the order they were written in does not matter. Weights are shares of one. */
function maglevEntries(endpoints: readonly HashedEndpoint[], size: number): MaglevEntry[] {
  const modulus = BigInt(size)
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0)
  return endpoints
    .map(({ address, weight }, index) => ({ address, weight, index }))
    .toSorted((a, b) => (a.address < b.address ? -1 : Number(a.address > b.address)))
    .map(({ address, weight, index }) => ({
      index,
      weight: weight / total,
      target: 0,
      offset: Number(xxHash64(address) % modulus),
      skip: Number(xxHash64(address, 1n) % (modulus - 1n)) + 1,
      next: 0,
    }))
}

function nextFreeSlot(entry: MaglevEntry, slots: Int32Array): number {
  for (;;) {
    const slot = (entry.offset + entry.skip * entry.next++) % slots.length
    if (slots[slot] === -1) return slot
  }
}
