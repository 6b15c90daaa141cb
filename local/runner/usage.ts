// What instances use of the machine: memory now, and CPU since they were looked at last. Read from /proc.
import { readFileSync } from 'node:fs'
import { cpus, freemem, totalmem } from 'node:os'
import type { InstanceSpec } from '../seams/instances.ts'
import type { PodUsage } from '../seams/pod-usage.ts'
import type { RunningInstance } from './types.ts'

export interface Usage {
  /** The usage of these instances, at `now` in milliseconds since the epoch. */
  take(instances: ReadonlyMap<RunningInstance, InstanceSpec>, now: number): PodUsage[]
}

/** One process at one moment. */
interface Sample {
  at: number
  /** Seconds of CPU since its start. */
  cpuSeconds: number
  windowMs: number
  cpu: number
}

/** Linux counts CPU time in hundredths of a second, on every machine Node runs on. */
const ticksPerSecond = 100
/** Looked at again within this time, the answer is the same: an average over less says nothing. In milliseconds. */
const shortestWindowMs = 1_000

/** Keeps one sample a process between the looks. */
export function createUsage(): Usage {
  let samples = new Map<number, Sample>()
  return {
    take(instances, now) {
      const next = new Map<number, Sample>()
      const taken = [...instances].map(([instance, { namespace, name, labels }]) => {
        const containers = instance.containers().map(({ name, pid }) => {
          const { cpuSeconds, ageMs, memory } = processUsage(pid)
          const sample = sampled(samples.get(pid), { at: now, cpuSeconds, ageMs })
          next.set(pid, sample)
          return { name, cpu: sample.cpu, cpuSeconds, memory, windowMs: sample.windowMs }
        })
        const windowMs = Math.max(0, ...containers.map(one => one.windowMs))
        return { namespace, pod: name, labels, containers, windowMs }
      })
      samples = next
      return taken
    },
  }
}

/** The average since the sample before; for a process seen for the first time since its start. */
export function sampled(
  before: Sample | undefined,
  { at, cpuSeconds, ageMs }: { at: number; cpuSeconds: number; ageMs: number },
): Sample {
  if (before && at - before.at < shortestWindowMs) return before
  const windowMs = Math.max(1, before ? at - before.at : ageMs)
  const cpu = ((cpuSeconds - (before?.cpuSeconds ?? 0)) * 1_000) / windowMs
  return { at, cpuSeconds, windowMs, cpu: Math.max(0, cpu) }
}

/** A process with all that it started; zeros where there is no /proc or it is gone. */
function processUsage(pid: number): { cpuSeconds: number; ageMs: number; memory: number } {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    const below = children.map(child => processUsage(Number(child)))
    const own = (fields.userTicks + fields.systemTicks) / ticksPerSecond
    return {
      cpuSeconds: below.reduce((sum, one) => sum + one.cpuSeconds, own),
      ageMs: (uptime - fields.startTicks / ticksPerSecond) * 1_000,
      memory: below.reduce((sum, one) => sum + one.memory, residentBytes(pid)),
    }
  } catch {
    return { cpuSeconds: 0, ageMs: 0, memory: 0 }
  }
}

/** The fields of /proc/PID/stat behind the program's name, which may hold anything. */
function statFields(text: string): { userTicks: number; systemTicks: number; startTicks: number } {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  return { userTicks: fields[11] ?? 0, systemTicks: fields[12] ?? 0, startTicks: fields[19] ?? 0 }
}

/** Private pages, as `kubectl top` counts a working set. */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, amount]) => Number(amount))
  return kilobytes.reduce((sum, amount) => sum + amount * 1_024, 0)
}

/** The machine as a node, its CPU averaged since it was looked at last; at first since it was booted. */
export function createNodeUsage(): () => { cpu: number; memory: number; windowMs: number } {
  let before = { busy: 0, total: 0 }
  return () => {
    const times = cpus().map(one => one.times)
    const total = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.idle + one.irq, 0)
    const busy = total - times.reduce((sum, one) => sum + one.idle, 0)
    const share = total === before.total ? 0 : (busy - before.busy) / (total - before.total)
    const windowMs = (total - before.total) / times.length
    before = { busy, total }
    return { cpu: share * times.length, memory: totalmem() - freemem(), windowMs }
  }
}
