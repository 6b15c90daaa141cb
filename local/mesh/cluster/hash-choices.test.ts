// The choices of a real Envoy, read from a file, are our choices.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import type { HashKey } from '../table/cluster.ts'
import type { BalancedRequest } from './balancer.ts'
import { request } from './fixture.ts'
import { createMaglev, createRing, type HashTable } from './hash-table.ts'
import { hashRequest } from './request-hash.ts'

interface Golden {
  endpoints: { address: string; weight: number }[]
  tables: { table: 'ring' | 'maglev'; slots: number; weighted: boolean; choices: Record<string, string> }[]
  lines: { values: string[]; choice: string }[]
  query: { target: string; choice: string }[]
  cookie: { cookie: string; choice: string }[]
  source: { peer: string; choice: string }
  setCookie: string
}

const file = new URL('../../../test/golden/envoy-hash-choices.json', import.meta.url)
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden

const equals = golden.endpoints.map(({ address }) => ({ address, weight: 1 }))
const random = seededRandom(1)

function choice(table: HashTable, key: HashKey, asked: Partial<BalancedRequest>): string | undefined {
  const { hash } = hashRequest(key, request(asked), random)
  return hash === undefined ? undefined : equals[table(hash, 0)]?.address
}

describe('as Envoy chooses by hash', () => {
  const byHeader: HashKey = { kind: 'header', name: 'x-h' }

  it.each(golden.tables)('a $table of $slots slots, weighted: $weighted', ({ table, slots, weighted, choices }) => {
    const make = table === 'ring' ? createRing : createMaglev
    const built = make(weighted ? golden.endpoints : equals, slots)
    const ours = Object.keys(choices).map(value => [value, choice(built, byHeader, { headers: ['x-h', value] })])
    expect(Object.fromEntries(ours)).toEqual(choices)
  })

  const ring = createRing(equals, 1_024)

  it.each(golden.lines)('several lines of one header: $values', ({ values, choice: expected }) => {
    expect(choice(ring, byHeader, { headers: values.flatMap(value => ['x-h', value]) })).toBe(expected)
  })

  it.each(golden.query)('the first query parameter, as written: $target', ({ target, choice: expected }) => {
    expect(choice(ring, { kind: 'query', name: 'q' }, { target })).toBe(expected)
  })

  const byCookie: HashKey = { kind: 'cookie', name: 'sess', path: '', ttlMs: undefined, attributes: [] }

  it.each(golden.cookie)('a cookie, with or without quotes: $cookie', ({ cookie, choice: expected }) => {
    expect(choice(ring, byCookie, { headers: ['cookie', cookie] })).toBe(expected)
  })

  it('the address of the client', () => {
    const { peer, choice: expected } = golden.source
    expect(choice(ring, { kind: 'source' }, { peer })).toBe(expected)
  })

  it('makes a cookie of the same shape', () => {
    const attributes = [{ name: 'SameSite', value: 'Strict' }, { name: 'Secure' }]
    const key: HashKey = { kind: 'cookie', name: 'sess', path: '/p', ttlMs: 3_600_000, attributes }
    const { setCookie } = hashRequest(key, request(), random)
    const withoutValue = (line: string | undefined) => line?.replace(/"[0-9a-f]{16}"/, '""')
    expect(setCookie).toMatch(/^sess="[0-9a-f]{16}"/)
    expect(withoutValue(setCookie)).toBe(withoutValue(golden.setCookie))
  })
})

describe('another attempt', () => {
  it.each([
    ['ring', createRing(equals, 1_024)],
    ['maglev', createMaglev(equals, 65_537)],
  ])('leads to every endpoint of a %s in the end, and always to the same ones', (_name, table) => {
    const walk = () => Array.from({ length: 60 }, (_, attempt) => table(12_345n, attempt))
    expect(new Set(walk()).size).toBe(equals.length)
    expect(walk()).toEqual(walk())
  })
})

describe('when an endpoint goes', () => {
  it.each([
    ['ring', (endpoints: typeof equals) => createRing(endpoints, 1_024)],
    ['maglev', (endpoints: typeof equals) => createMaglev(endpoints, 65_537)],
  ])('most requests of the others stay where they were with a %s', (_name, make) => {
    const all = make(equals)
    const fewer = make(equals.slice(0, 3))
    const values = Array.from({ length: 400 }, (_, n) => BigInt.asUintN(64, BigInt(n) * 0x9e37_79b9_7f4a_7c15n))
    const stayed = values.filter(hash => all(hash, 0) < 3 && all(hash, 0) === fewer(hash, 0))
    const mightStay = values.filter(hash => all(hash, 0) < 3)
    expect(stayed.length / mightStay.length).toBeGreaterThan(0.8)
  })
})
