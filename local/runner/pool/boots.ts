// Boots the processes of the pool, so many at once as the machine has cores, in a folder of logs of their own.
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Guard } from '../process/guard.ts'
import { type BootedProcess, bootProcess } from './booted-process.ts'
import { createGate } from './gate.ts'

// More boots at once than cores make all of them late, the one that is needed first included.
const mostBoots = Math.max(2, availableParallelism())

export interface BootOptions {
  /** The pool program; resolves once it is built. */
  program: Promise<string>
  stateDir: string
  guard: Guard
}

/** Boots one process; `before` are words to put before its command. Waits for its turn, and not until it has booted. */
export type Boot = (env: Readonly<Record<string, string>>, before?: readonly string[]) => Promise<BootedProcess>

export function createBoot({ program: built, stateDir, guard }: BootOptions): Boot {
  const folder = join(stateDir, 'logs', '.pool')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const compileCache = join(stateDir, 'images', 'compile-cache')
  const gate = createGate(mostBoots)
  let count = 0

  return async (env, before = []) => {
    const program = await built
    // Removed again when the process becomes a function; until then it makes what Node compiles a matter of reading.
    const booting = { ...env, NODE_COMPILE_CACHE: compileCache }
    await gate.enter()
    try {
      const logFile = join(folder, `${count++}.log`)
      const process = bootProcess({ program, before, guard, env: booting, cwd: stateDir, logFile })
      void Promise.race([process.boot, process.exited]).then(gate.leave)
      return process
    } catch (error) {
      gate.leave()
      throw error
    }
  }
}
