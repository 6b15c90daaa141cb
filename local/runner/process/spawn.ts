// Starting a process: its own group, stdin at end of file, output straight into a log file, watched by the guard.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { failed } from '../types.ts'
import type { Guard } from './guard.ts'

export interface Exit {
  /** As a shell counts: the exit code, or 128 plus the number of the signal. */
  code: number
}

export interface Program {
  command: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  /** The file stdout and stderr are appended to; its folder exists. */
  logFile: string
  /** Whether file descriptor 3 is a channel to the runtime. */
  channel?: boolean
}

export interface RunningProcess {
  readonly pid: number
  readonly channel: Duplex | undefined
  /** Resolves when the process is gone and nothing of its group is left. */
  readonly exited: Promise<Exit>
  /** SIGTERM to the process itself. */
  terminate(): void
  /** SIGKILL to the whole group. */
  kill(): void
}

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
}

/** Starts a program. Throws `SpawnFailed` when it cannot be run at all. */
export function spawnProcess(program: Program, guard: Guard): RunningProcess {
  const log = openSync(program.logFile, 'a')
  try {
    const child = spawn(program.command, [...program.args], {
      cwd: program.cwd,
      env: { ...program.env },
      stdio: ['ignore', log, log, ...(program.channel ? (['pipe'] as const) : [])],
      detached: true,
    })
    return running(child, program, guard)
  } finally {
    closeSync(log)
  }
}

function running(child: ChildProcess, program: Program, guard: Guard): RunningProcess {
  const { pid } = child
  if (pid === undefined) {
    // The reason follows as an event; it repeats what the file system can tell.
    child.on('error', () => {})
    throw failed(
      'SpawnFailed',
      `cannot run ${program.command} in ${program.cwd}: no such program or folder, or not executable`,
    )
  }
  guard.watch(pid)
  const channel = child.stdio[3] as Duplex | undefined
  channel?.on('error', () => {})
  const exited = new Promise<Exit>(resolve => {
    child.once('exit', (code, signal) => {
      // A container ends with its first process: children it left behind go too.
      signalTo(-pid, 'SIGKILL')
      guard.forget(pid)
      channel?.destroy()
      resolve({ code: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0) })
    })
  })
  return {
    pid,
    channel,
    exited,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => signalTo(-pid, 'SIGKILL'),
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Nobody is left to receive it.
  }
}
