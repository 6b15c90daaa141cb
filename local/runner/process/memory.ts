// Memory limits: what a container's processes hold, sampled while a limit is set.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
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
export function memoryOf(pid: number): Promise<number> {
  return process.platform === 'linux' ? linuxMemory(pid) : psMemory(pid)
}

async function linuxMemory(pid: number): Promise<number> {
  const [status, children] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => ''),
  ])
  const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, amount]) => Number(amount))
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map(child => linuxMemory(Number(child))),
  )
  return kilobytes.reduce((sum, amount) => sum + amount * 1_024, 0) + below.reduce((sum, amount) => sum + amount, 0)
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
