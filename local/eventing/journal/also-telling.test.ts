import { expect, it } from 'vitest'
import { alsoTelling } from './also-telling.ts'
import type { Journal } from './journal.ts'

it('notes each step in the journal, then tells whoever reads along, with all that is known of it', () => {
  const told: unknown[][] = []
  const journal = (name: string): Journal => ({
    arrived: (...step) => void told.push([name, 'arrived', ...step]),
    tried: (...step) => void told.push([name, 'tried', ...step]),
  })
  const both = alsoTelling(journal('journal'), journal('observer'))
  const logged = { event: { attributes: { id: 'e' }, data: undefined }, headers: [] }
  const attempt = { to: 'http://s', status: 200, ms: 3, next: 'done' as const }
  both.arrived('log:1', 'app/orders', logged)
  both.tried('log:1', 'app/pay', attempt, { broker: 'app/orders', logged })
  expect(told).toEqual([
    ['journal', 'arrived', 'log:1', 'app/orders', logged],
    ['observer', 'arrived', 'log:1', 'app/orders', logged],
    ['journal', 'tried', 'log:1', 'app/pay', attempt, { broker: 'app/orders', logged }],
    ['observer', 'tried', 'log:1', 'app/pay', attempt, { broker: 'app/orders', logged }],
  ])
})
