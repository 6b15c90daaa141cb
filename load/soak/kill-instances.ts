// Requests while instances are killed at random: none may fail.

import { complete } from '../bench/chain.ts'
import { treeOf } from '../bench/process-tree.ts'
import { call, pause, startWorld } from '../world.ts'
import type { Soak } from './soak.ts'

export const killInstances: Soak = {
  name: 'kill-instances',
  goal: 'requests in parallel while instances are killed at random: no failed request',
  async run({ scale, random, progress }) {
    const requests = 2_000 * scale
    const world = await startWorld()
    let sent = 0
    let kills = 0
    let over = false
    const failures: string[] = []
    const killer = (async () => {
      while (!over) {
        await pause(100)
        const children = treeOf(world.pid).slice(1)
        const victim = children[Math.floor(random.next() * children.length)]
        if (victim !== undefined && kill(victim)) kills++
      }
    })()
    const worker = async () => {
      while (sent < requests) {
        if (++sent % 100 === 0) progress(`${sent} of ${requests} requests, ${kills} kills, ${failures.length} failures`)
        const answer = await call(world.port, 'api.greeting.localhost', '/api/greeting').catch(error => ({
          status: 0,
          body: String(error),
        }))
        if (answer.status !== 200 || !complete(answer.body))
          failures.push(`${answer.status} ${answer.body.slice(0, 200)}`)
      }
    }
    await Promise.all(Array.from({ length: 50 }, worker))
    over = true
    await killer
    await world.stop()
    return { summary: `${requests} requests, ${kills} instances killed, ${failures.length} failed`, failures }
  },
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
