// Memory limits: what a container's processes hold, sampled while a limit is set.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../kernel/clock.ts'

/** How often memory is looked at, in milliseconds. */
const sampleMs = 250

/** Calls `exceeded` once, when the process and its children hold more than `limit` bytes. Returns how to stop. */
export function watchMemory(pid: number, limit: number, clock: Clock, exceeded: () => void): () => void {
  let busy = false
  const timer = clock.every(sampleMs, async () => {
    if (busy) return
    busy = true
    const used = await memoryOf(pid)
    busy = false
    if (used <= limit) return
    timer.cancel()
    exceeded()
  })
  return () => timer.cancel()
}

/**
 * Bytes of private memory a process and its descendants hold; 0 when it is gone. Pages of files (the Node binary) are
 * left out where the system tells them apart: a control group hardly charges them either.
 */
export async function memoryOf(pid: number): Promise<number> {
  return process.platform === 'linux' ? linuxMemory(pid) : psMemory(pid)
}

/** Synchronous: the kernel answers from memory, and a thread pool's detour costs ten times as much. */
function linuxMemory(pid: number): number {
  const kilobytes = readProc(`${pid}/status`).matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)
  const own = kilobytes.reduce((sum, [, amount]) => sum + Number(amount) * 1_024, 0)
  const children = readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean)
  return children.reduce((sum, child) => sum + linuxMemory(Number(child)), own)
}

/** Empty when the process is gone. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** Resident memory of the process group, which each container has of its own. */
function psMemory(pid: number): Promise<number> {
  return new Promise(resolve => {
    execFile('ps', ['-axo', 'pgid=,rss='], (_error, stdout) => resolve(groupMemory(stdout, pid)))
  })
}

/** Sums `ps -o pgid=,rss=` (kilobytes) of one group. */
export function groupMemory(listing: string, group: number): number {
  const rows = listing.split('\n').map(line => line.trim().split(/\s+/).map(Number))
  return rows.reduce((sum, [pgid, rss = 0]) => (pgid === group ? sum + rss * 1_024 : sum), 0)
}
