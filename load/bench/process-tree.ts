// What a process and all its descendants cost, from /proc (Linux): CPU time and proportional memory.
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** The process and every descendant, by pid. */
export function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const found: number[] = []
  for (let next: number[] = [root]; next.length > 0; next = next.flatMap(pid => children.get(pid) ?? []))
    found.push(...next)
  return found
}

/** User and system CPU seconds of one process so far. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Proportional memory (PSS) of the processes, in bytes; those that ended meanwhile count nothing. */
export function proportionalMemory(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + pssOf(pid), 0)
}

function pssOf(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statOf(pid)[1])
  } catch {
    return undefined
  }
}

/** Fields of /proc/PID/stat from the state on; the command before it may hold spaces and parentheses. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
