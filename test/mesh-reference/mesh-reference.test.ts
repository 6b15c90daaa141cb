import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectMeshObjects } from '../../local/mesh/compile/collect-objects.ts'
import { compileMesh } from '../../local/mesh/compile/compile.ts'
import { interpret, type Outcome } from './interpret.ts'
import { cases, type RuleSet, registry } from './rule-sets.ts'
import { tableOutcome } from './table-outcome.ts'

function compiled({ virtualServices, gateways, serviceEntries }: RuleSet) {
  return compileMesh(collectMeshObjects([...virtualServices, ...gateways, ...serviceEntries]))
}

describe('the tables', () => {
  it('say of every request what an interpreter of the same YAML says', () => {
    const kinds = new Map<Outcome['kind'], number>()
    const property = fc.property(cases, ({ ruleSet, visits }) => {
      const mesh = compiled(ruleSet)
      const world = { ...ruleSet, services: registry }
      for (const { door, request, draw } of visits) {
        const expected = interpret(world, door, request, draw)
        kinds.set(expected.kind, (kinds.get(expected.kind) ?? 0) + 1)
        expect(tableOutcome(mesh, door, request, draw)).toEqual(expected)
      }
    })
    fc.assert(property, { numRuns: 3_000, seed: 20_261_121 })
    expect([...kinds.keys()].toSorted()).toEqual(['direct', 'forward', 'not-found', 'redirect'])
    expect(kinds.get('forward')).toBeGreaterThan(10_000)
  })
})
