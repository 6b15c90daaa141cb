// The greeting chain in the mesh beside the same handlers without one.
import { rmSync } from 'node:fs'
import { complete } from '../../answers.ts'
import { quietGreetingProject, startWorld } from '../../world.ts'
import { withAfterwork } from '../chain.ts'
import { load } from '../load.ts'
import { cpuSeconds, proportionalMemory, treeOf } from '../process-tree.ts'
import { mebibytes, milliseconds } from '../stats.ts'
import { startPlainServices } from './plain-services.ts'
import { type Comparison, compare } from './table.ts'

interface Measured {
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Microseconds of all processes but the load's own, a request. */
  cpu: number
  /** Bytes, proportional, right after the load. */
  memory: number
}

const peer = 'the same handlers as plain Node services'
const connections = 25

export async function compareChains(seconds: number, progress: (step: string) => void): Promise<Comparison[]> {
  progress('the chain in the mesh')
  const ours = await inMesh(seconds)
  progress('the chain without a mesh')
  const theirs = await plain(seconds)
  const what = (figure: string) => `greeting chain A–H, ${connections} at once, ${figure}`
  return [
    compare(what('requests a second'), ours.perSecond, peer, theirs.perSecond, value => `${Math.round(value)}`),
    compare(what('p50'), ours.p50, peer, theirs.p50, milliseconds),
    compare(what('p99'), ours.p99, peer, theirs.p99, milliseconds),
    compare(what('CPU a request'), ours.cpu, peer, theirs.cpu, value => `${Math.round(value)} µs`),
    compare(what('memory of all processes'), ours.memory, peer, theirs.memory, mebibytes),
  ]
}

async function inMesh(seconds: number): Promise<Measured> {
  const project = quietGreetingProject(withAfterwork)
  const world = await startWorld({ project })
  try {
    return await measure(world.port, seconds, () => treeOf(world.pid))
  } finally {
    await world.stop()
    rmSync(project, { recursive: true })
  }
}

async function plain(seconds: number): Promise<Measured> {
  const services = await startPlainServices()
  try {
    return await measure(services.port, seconds, () => services.pids)
  } finally {
    services.stop()
  }
}

async function measure(port: number, seconds: number, pids: () => number[]): Promise<Measured> {
  const asked = { url: `http://127.0.0.1:${port}/api/greeting`, host: 'api.greeting.localhost', connections }
  // Before, a visible part of the CPU goes to compiling what has become hot in all these processes.
  await load({ ...asked, for: { seconds: 2 * seconds } })
  const before = cpuOf(pids())
  const { perSecond, requests, wrong, p50, p99 } = await load({ ...asked, for: { seconds }, verify: complete })
  if (wrong > 0) throw new Error(`${wrong} wrong answers of ${requests} from the greeting chain`)
  const spent = [...cpuOf(pids())].reduce((sum, [pid, after]) => sum + after - (before.get(pid) ?? 0), 0)
  return { perSecond, p50, p99, cpu: (spent / requests) * 1e6, memory: proportionalMemory(pids()) }
}

/** CPU seconds by pid. What ended meanwhile is left out, and so is what it has computed. */
function cpuOf(pids: readonly number[]): Map<number, number> {
  const seconds = new Map<number, number>()
  for (const pid of pids) {
    try {
      seconds.set(pid, cpuSeconds(pid))
    } catch {
      // It ended between the two looks at /proc.
    }
  }
  return seconds
}
