// Zero to one through the ingress: a service never asked before each time, from the pool and without one.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { call, helloProject, pause, startWorld, type World } from '../world.ts'
import { atMost, type Bench, given } from './bench.ts'
import { median, milliseconds, percentile } from './stats.ts'

const services = 60

export const coldStart: Bench = {
  name: 'cold-start',
  async run(progress) {
    const hit = await coldCalls([], 400, progress)
    const miss = await coldCalls(['--pool', '0'], 400, progress)
    const bare = Array.from({ length: 15 }, bareNode)
    return [
      atMost('cold start 0→1 through the ingress, pool hit, p50', median(hit), 5, milliseconds),
      atMost('cold start 0→1 through the ingress, pool hit, p99', percentile(hit, 0.99), 15, milliseconds),
      atMost('cold start 0→1 through the ingress, pool empty, p50', median(miss), 80, milliseconds),
      given('bare `node -e ""`, p50, same run', milliseconds(median(bare))),
    ]
  },
}

/** Milliseconds of first calls, one service after the other; the first five only bring the runtime into its stride. */
export async function coldCalls(
  flags: string[],
  restMs: number,
  progress: (step: string) => void,
  count = services,
): Promise<number[]> {
  const project = helloProject(count)
  const world = await startWorld({ project, flags })
  await pause(1_000)
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    progress(`cold call ${index + 1} of ${count}`)
    const answer = await call(world.port, `hello-${index}.default.localhost`)
    if (answer.body !== 'hello') throw new Error(`hello-${index} answered ${answer.status} ${answer.body}`)
    times.push(answer.ms)
    // One instance at a time: what others leave in memory is not what is measured. It stays long enough to be usual:
    // a process keeps V8's code cache shortly after its first answer.
    await pause(restMs)
    await remove(world, `hello-${index}`)
    await pause(restMs)
  }
  await world.stop()
  rmSync(project, { recursive: true })
  return times.slice(5)
}

function remove(world: World, service: string): Promise<void> {
  const path = `/apis/serving.knative.dev/v1/namespaces/default/services/${service}`
  const socketPath = join(world.stateDir, 'api.sock')
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method: 'DELETE' }, answer => answer.resume().once('end', resolve))
    sent.once('error', reject).end()
  })
}

function bareNode(): number {
  const startedAt = performance.now()
  spawnSync(process.execPath, ['-e', ''])
  return performance.now() - startedAt
}
