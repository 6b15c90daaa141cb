// One pool process seen from the runtime: booting, waiting, then one function for the rest of its life.

import type { Guard } from '../process/guard.ts'
import { type Exit, spawnProcess } from '../process/spawn.ts'
import { type Assignment, lineReader, type Report } from './protocol.ts'

export interface BootedProcess {
  readonly pid: number
  /** Where its output goes; a rename of the file does not disturb it. */
  readonly logFile: string
  /** True once its frameworks are loaded. */
  booted(): boolean
  readonly boot: Promise<void>
  /** Resolves once the function listens; rejects never: a process that fails exits. */
  readonly listening: Promise<void>
  readonly exited: Promise<Exit>
  assign(assignment: Assignment): void
  terminate(): void
  kill(): void
}

export interface BootOptions {
  /** The pool program's file. */
  program: string
  /** Words to put before the command. */
  before?: readonly string[]
  logFile: string
  /** Variables that must exist when the process starts. */
  env: Readonly<Record<string, string>>
  cwd: string
  guard: Guard
}

/** Flags of every pool process, as measured: a small young generation and few compiler threads save 2 MiB each. */
const nodeFlags = ['--max-semi-space-size=4', '--v8-pool-size=1']

export function bootProcess(options: BootOptions): BootedProcess {
  const [command = '', ...args] = [...(options.before ?? []), process.execPath, ...nodeFlags, options.program]
  const child = spawnProcess({ ...options, command, args, channel: true }, options.guard)
  const boot = Promise.withResolvers<void>()
  const listening = Promise.withResolvers<void>()
  let booted = false
  const take = ({ type }: Report) => {
    if (type === 'ready') return listening.resolve()
    booted = true
    boot.resolve()
  }
  child.channel?.on('data', lineReader<Report>(take))
  return {
    pid: child.pid,
    logFile: options.logFile,
    booted: () => booted,
    boot: boot.promise,
    listening: listening.promise,
    exited: child.exited,
    assign: assignment => void child.channel?.write(`${JSON.stringify(assignment)}\n`),
    terminate: child.terminate,
    kill: child.kill,
  }
}
