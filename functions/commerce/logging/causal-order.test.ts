import { describe, expect, it } from 'vitest'
import { inCausalOrder } from './causal-order.ts'

const told = (id: string, cause = '', second = 0) => ({
  id,
  cause,
  time: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`,
})
const order = (...facts: ReturnType<typeof told>[]) =>
  inCausalOrder(facts)
    .map(({ id }) => id)
    .join('')

describe('facts in causal order', () => {
  it('causes come before their effects, whatever the clocks say', () => {
    expect(order(told('c', 'b', 1), told('b', 'a', 2), told('a', '', 3))).toBe('abc')
  })

  it('those that do not depend on each other come by time, then by name', () => {
    expect(order(told('b', '', 2), told('a', '', 2), told('c', '', 1))).toBe('cab')
  })

  it('one whose cause is unknown is a first one', () => {
    expect(order(told('b', 'gone', 2), told('a', '', 1))).toBe('ab')
  })

  it('facts that lead to each other in a circle are not lost', () => {
    expect(
      order(told('a', 'b'), told('b', 'a'), told('c', '', 1))
        .split('')
        .sort()
        .join(''),
    ).toBe('abc')
  })

  it('none are none', () => {
    expect(inCausalOrder([])).toEqual([])
  })
})
