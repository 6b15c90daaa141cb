// The promises under faults, in short; the same attacks at full length are `npm run soak`.
import { expect, it } from 'vitest'
import { requestsUnderKills } from '../../load/soak/kill-instances.ts'
import { eventsUnderKills } from '../../load/soak/kill-runtime.ts'
import { startWorld } from '../../load/world.ts'
import { seededRandom } from '../../local/kernel/random.ts'

it('no request fails while instances are killed at random', async () => {
  const world = await startWorld()
  try {
    const { kills, failures } = await requestsUnderKills(world, { requests: 300, random: seededRandom(1) })
    expect(failures).toEqual([])
    expect(kills).toBeGreaterThan(0)
  } finally {
    await world.stop()
  }
})

it('no accepted event is lost while the runtime is killed again and again', async () => {
  const { accepted, missing } = await eventsUnderKills({ events: 150, kills: 2 })
  expect(missing).toEqual([])
  expect(accepted).toBe(150)
})
