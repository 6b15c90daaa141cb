// Events while the instances that consume them are killed with SIGKILL again and again: each accepted one is delivered.
import { join } from 'node:path'
import { meshClient } from '../mesh-client.ts'
import { startWorld } from '../world.ts'
import { killOne } from './kill-instances.ts'
import { accept, awaitAll } from './kill-runtime.ts'
import type { Soak } from './soak.ts'

/** Between two kills, events that are sent. */
const between = 20

export const killSubscribers: Soak = {
  name: 'kill-subscribers',
  goal: 'events while their consumers are killed -9 at random: every accepted event is delivered',
  async run({ scale, random, progress }) {
    const events = 1_000 * scale
    const world = await startWorld()
    const mesh = await meshClient(join(world.stateDir, 'api.sock'), 'greeting')
    const accepted: string[] = []
    let kills = 0
    for (let sent = 0; sent < events; sent++) {
      const id = `consumed-${sent}`
      if (await accept(mesh, id)) accepted.push(id)
      if (sent % between === between - 1 && killOne(world.pid, random)) kills++
      if (sent % 100 === 0) progress(`${sent} of ${events} events, ${kills} kills`)
    }
    const missing = await awaitAll(mesh, accepted, progress)
    await world.stop()
    return {
      summary: `${events} events sent, ${accepted.length} accepted, ${kills} consumers killed, ${missing.length} missing`,
      failures: missing.map(id => `${id} was accepted and never stored`),
    }
  },
}
