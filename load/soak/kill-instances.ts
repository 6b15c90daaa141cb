// Requests while instances are killed at random: none may fail.
import { readFileSync } from 'node:fs'
import type { Random } from '../../local/kernel/random.ts'
import { complete } from '../answers.ts'
import { treeOf } from '../bench/process-tree.ts'
import { call, pause, startWorld, type World } from '../world.ts'
import type { Soak } from './soak.ts'

export const killInstances: Soak = {
  name: 'kill-instances',
  goal: 'requests in parallel while instances are killed at random: no failed request',
  async run({ scale, random, progress }) {
    const requests = 2_000 * scale
    const world = await startWorld()
    const { kills, failures } = await requestsUnderKills(world, { requests, random, progress })
    await world.stop()
    return { summary: `${requests} requests, ${kills} instances killed, ${failures.length} failed`, failures }
  },
}

export interface Attack {
  requests: number
  random: Random
  /** Between two kills, at most. A chain of nine services needs them all for the length of one answer. */
  longestPauseMs?: number
  /** One request: what is wrong with its answer, or undefined. The greeting chain by default. */
  ask?(): Promise<string | undefined>
  progress?(step: string): void
}

const parallel = 50

/** Asks until `requests` were answered, kills instances meanwhile, and tells what failed. */
export async function requestsUnderKills(
  world: World,
  { requests, random, longestPauseMs = 800, ask = () => greeting(world), progress }: Attack,
): Promise<{ kills: number; failures: string[] }> {
  const failures: string[] = []
  let sent = 0
  let over = false
  let kills = 0
  const killer = async () => {
    while (!over) {
      await pause(random.next() * longestPauseMs)
      if (killOne(world.pid, random)) kills++
    }
  }
  const worker = async () => {
    while (sent < requests) {
      if (++sent % 100 === 0) progress?.(`${sent} of ${requests} requests, ${kills} kills, ${failures.length} failures`)
      const failure = await ask()
      if (failure !== undefined) failures.push(failure)
    }
  }
  const killing = killer()
  await Promise.all(Array.from({ length: parallel }, worker))
  over = true
  await killing
  return { kills, failures }
}

async function greeting(world: World): Promise<string | undefined> {
  const { status, body } = await call(world.port, 'api.greeting.localhost', '/api/greeting').catch(noAnswer)
  return status === 200 && complete(body) ? undefined : `${status} ${body.slice(0, 200)}`
}

const noAnswer = (error: unknown) => ({ status: 0, body: String(error) })

/** Kills one instance of the runtime with this pid, whichever; false when there was none. */
export function killOne(runtime: number, random: Random): boolean {
  const instances = instancesOf(runtime)
  const victim = instances[Math.floor(random.next() * instances.length)]
  return victim !== undefined && kill(victim)
}

/** Functions and the processes that wait to become one; the guard, a shell, is the runtime's own. */
function instancesOf(runtime: number): number[] {
  return treeOf(runtime).filter(pid => pid !== runtime && !commandOf(pid).startsWith('/bin/sh'))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
