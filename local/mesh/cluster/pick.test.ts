import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import type { Balancing } from '../table/cluster.ts'
import { address } from './fixture.ts'
import { createHost } from './host.ts'
import { createPick, type WeightedHost } from './pick.ts'

const hosts = (...weights: number[]): WeightedHost[] =>
  weights.map((weight, index) => ({ host: createHost(address(index, weight)), weight }))

function counts(balancing: Balancing, among: readonly WeightedHost[], draws: number): number[] {
  const pick = createPick(balancing, among, seededRandom(7))
  const found = among.map(() => 0)
  for (let n = 0; n < draws; n++) {
    const chosen = pick(among, undefined, 0)
    if (!chosen) throw new Error('nothing was picked')
    const index = among.indexOf(chosen)
    found[index] = (found[index] ?? 0) + 1
  }
  return found
}

describe('round robin', () => {
  it('gives each its turn', () => {
    expect(counts({ kind: 'round-robin' }, hosts(1, 1, 1), 90)).toEqual([30, 30, 30])
  })

  it('gives turns by weight, and mixes them', () => {
    const among = hosts(1, 3)
    expect(counts({ kind: 'round-robin' }, among, 80)).toEqual([20, 60])
    const pick = createPick({ kind: 'round-robin' }, among, seededRandom(1))
    const first = Array.from({ length: 4 }, () => among.indexOf(pick(among, undefined, 0) as WeightedHost))
    expect(first.toSorted()).toEqual([0, 1, 1, 1])
  })

  it('goes on with those that are left', () => {
    const among = hosts(1, 1, 1)
    const pick = createPick({ kind: 'round-robin' }, among, seededRandom(1))
    const left = among.slice(1)
    const chosen = new Set(Array.from({ length: 4 }, () => pick(left, undefined, 0)))
    expect(chosen).toEqual(new Set(left))
  })
})

describe('least request', () => {
  it('spreads over idle endpoints', () => {
    for (const count of counts({ kind: 'least-request' }, hosts(1, 1, 1), 3_000)) {
      expect(count).toBeGreaterThan(850)
      expect(count).toBeLessThan(1_150)
    }
  })

  it('prefers the one of two with fewer requests under way', () => {
    const among = hosts(1, 1)
    for (const { host } of among.slice(0, 1)) host.active = 5
    const [busy = 0, idle = 0] = counts({ kind: 'least-request' }, among, 1_000)
    // The busy one is taken only when it is drawn twice.
    expect(busy).toBeGreaterThan(180)
    expect(busy).toBeLessThan(320)
    expect(idle).toBe(1_000 - busy)
  })

  it('goes by weight where weights differ, less so for a busy endpoint', () => {
    expect(counts({ kind: 'least-request' }, hosts(1, 3), 400)).toEqual([100, 300])
    const among = hosts(1, 3)
    for (const { host } of among.slice(1)) host.active = 2
    expect(counts({ kind: 'least-request' }, among, 400)).toEqual([200, 200])
  })
})

describe('random', () => {
  it('takes no notice of weights, as in Envoy', () => {
    const [light = 0] = counts({ kind: 'random' }, hosts(1, 9), 2_000)
    expect(light).toBeGreaterThan(880)
    expect(light).toBeLessThan(1_120)
  })
})

describe('consistent hash', () => {
  const balancing: Balancing = { kind: 'consistent-hash', by: { kind: 'source' }, table: 'ring', slots: 1_024 }

  it('gives one hash one endpoint, and spreads what has none', () => {
    const among = hosts(1, 1, 1, 1)
    const pick = createPick(balancing, among, seededRandom(1))
    expect(new Set(Array.from({ length: 20 }, () => pick(among, 99n, 0))).size).toBe(1)
    expect(new Set(Array.from({ length: 60 }, () => pick(among, undefined, 0))).size).toBe(4)
  })

  it('follows when endpoints go and come back', () => {
    const among = hosts(1, 1, 1)
    const pick = createPick(balancing, among, seededRandom(1))
    const before = pick(among, 5n, 0)
    const left = among.filter(one => one !== before)
    expect(left).toContain(pick(left, 5n, 0))
    expect(pick(among, 5n, 0)).toBe(before)
  })
})

it('has nothing to give where there is nothing', () => {
  for (const kind of ['least-request', 'round-robin', 'random'] as const) {
    expect(createPick({ kind }, [], seededRandom(1))([], undefined, 0)).toBeUndefined()
  }
})
