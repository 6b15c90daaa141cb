// The greeting chain A to H: from all-zero to the answer, and warm under load.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { complete } from '../answers.ts'
import { call, pause, quietGreetingProject, startWorld } from '../world.ts'
import { atLeast, atMost, type Bench, given } from './bench.ts'
import { load } from './load.ts'
import { cpuSeconds, treeOf } from './process-tree.ts'
import { median, milliseconds, percentile } from './stats.ts'

const host = 'api.greeting.localhost'
const path = '/api/greeting'
const coldRuns = 12
/** Until then a visible part of the CPU goes to compiling what has become hot in nine processes. */
const warmUpSeconds = 20

export const coldChain: Bench = {
  name: 'cold-chain',
  async run(progress) {
    const stateDir = mkdtempSync(join(tmpdir(), 'skiff-bench-chain-'))
    const times: number[] = []
    for (let run = 0; run <= coldRuns; run++) {
      progress(run === 0 ? 'first call ever' : `cold chain ${run} of ${coldRuns}`)
      times.push(await oneColdChain(stateDir))
    }
    rmSync(stateDir, { recursive: true })
    const [first = Number.NaN, ...later] = times
    return [
      atMost('greeting chain from all-zero to the answer, p50', median(later), 200, milliseconds),
      given('its slowest', milliseconds(percentile(later, 1))),
      given('the first ever, before calls were seen', milliseconds(first)),
    ]
  },
}

/** A boot, so that everything is at zero, and one call. What was seen of earlier calls stays in the state folder. */
async function oneColdChain(stateDir: string): Promise<number> {
  const world = await startWorld({ stateDir })
  await pause(1_500)
  const answer = await call(world.port, host, path)
  await world.stop()
  if (!complete(answer.body)) throw new Error(`the chain answered ${answer.status} ${answer.body}`)
  return answer.ms
}

/** These keep their greeting, or publish it: what is measured is the chain of calls alone. */
export const withAfterwork = ['service-c', 'service-d', 'service-f', 'service-g', 'service-h']

export const warmChain: Bench = {
  name: 'warm-chain',
  async run(progress) {
    const project = quietGreetingProject(withAfterwork)
    const world = await startWorld({ project })
    const url = `http://127.0.0.1:${world.port}${path}`
    progress('warming up')
    await load({ url, host, connections: 25, for: { seconds: warmUpSeconds } })
    progress('measuring')
    const spent = cpuMeter(world.pid)
    const result = await load({ url, host, connections: 25, for: { seconds: 10 }, verify: complete })
    const cpu = spent(result.requests)
    await world.stop()
    rmSync(project, { recursive: true })
    return [
      atLeast('greeting chain warm, 25 in parallel, store and events off', result.perSecond, 1_200, perSecond),
      atMost('of these, not right', result.wrong, 0, String),
      given('its p50 and p99', `${milliseconds(result.p50)}, ${milliseconds(result.p99)}`),
      given('its CPU a request: functions, runtime, load', cpu),
    ]
  },
}

/**
 * Starts to count CPU time; the function returned says what it was for each request, in microseconds. Only for the
 * reader: where there is no /proc, or an instance ended meanwhile, it says so and the measurement stands.
 */
function cpuMeter(runtime: number): (requests: number) => string {
  try {
    const instances = treeOf(runtime).filter(pid => pid !== runtime)
    const parts = [instances, [runtime], [process.pid]]
    const seconds = () => parts.map(pids => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0))
    const before = seconds()
    return requests => {
      try {
        const spent = seconds().map((after, part) => after - (before[part] ?? 0))
        return spent.map(each => `${Math.round((each * 1e6) / requests)} µs`).join(', ')
      } catch {
        return 'an instance ended'
      }
    }
  } catch {
    return () => 'not known here'
  }
}

const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} req/s`
