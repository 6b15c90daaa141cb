// The promises under faults, in short; the same attacks at full length are `npm run soak`.
import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { requestsUnderKills } from '../../load/soak/kill-instances.ts'
import { eventsUnderKills } from '../../load/soak/kill-runtime.ts'
import { call, helloProject, startWorld } from '../../load/world.ts'
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

it('no request fails while the instance of a service is killed ten times a second', async () => {
  const project = helloProject(1)
  const world = await startWorld({ project })
  const ask = async () => {
    const { status, body } = await call(world.port, 'hello-0.default.localhost', '/')
    return status === 200 && body === 'hello' ? undefined : `${status} ${body}`
  }
  try {
    const attack = { requests: 4_000, random: seededRandom(1), longestPauseMs: 200, ask }
    const { kills, failures } = await requestsUnderKills(world, attack)
    expect(failures).toEqual([])
    expect(kills).toBeGreaterThan(10)
  } finally {
    await world.stop()
    rmSync(project, { recursive: true, force: true })
  }
})

it('no accepted event is lost while the runtime is killed again and again', async () => {
  const { accepted, missing } = await eventsUnderKills({ events: 150, kills: 2 })
  expect(missing).toEqual([])
  expect(accepted).toBe(150)
})
