// The shop under fire, in short: `npm run soak shop` does the same for minutes.
import { expect } from 'vitest'
import { ordersUnderFire } from '../../load/soak/shop.ts'
import { seededRandom } from '../../local/kernel/random.ts'
import { onlyLocal } from './only-local.ts'

const { it } = onlyLocal('it kills the runtime and its processes')

it('CC-17, CC-19 orders under kill -9 and failing payments: each ends, no piece is lost, the log has every fact', async () => {
  const { orders, kills, restarts, failures } = await ordersUnderFire({
    ...{ seconds: 20, restartEvery: 8, random: seededRandom(11) },
  })
  expect(failures).toEqual([])
  expect(orders.length).toBeGreaterThan(0)
  expect([kills, restarts].every(count => count > 0)).toBe(true)
}, 400_000)
