// A further program in a container's surroundings: its environment, its folder and its mounts, with pipes or a terminal.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { ExecOptions, Execution } from '../../seams/execution.ts'
import { findProgram } from '../images/image-map.ts'
import type { Guard } from '../process/guard.ts'
import { failed } from '../types.ts'
import { terminalCommand, terminalOf } from './terminal.ts'

/** What an execution needs to know of a container. */
export interface Surroundings {
  env: Readonly<Record<string, string>>
  cwd: string
  /** The words that put a command into the container's mounts; empty when it has none. */
  enter: readonly string[]
}

const signalOffset = 128

/** Starts the program. Throws `SpawnFailed` when it cannot be run, or when there is no terminal to give. */
export function startExecution({ command, tty }: ExecOptions, around: Surroundings, guard: Guard): Execution {
  const [name = '', ...args] = command
  // What is not among the machine's files may be among the mounts: there the shell that enters them tells.
  const found = findProgram(name, around.cwd, around.env.PATH) ?? (around.enter.length > 0 ? name : undefined)
  if (found === undefined) throw failed('SpawnFailed', `exec: "${name}": executable file not found in $PATH`)
  const inside = [...around.enter, found, ...args]
  const [program = '', ...words] = tty ? terminalCommand(inside) : inside
  const env = tty ? { TERM: 'xterm', ...around.env } : around.env
  const child = spawn(program, words, { cwd: around.cwd, env: { ...env }, stdio: 'pipe', detached: true })
  return execution(child, tty, guard)
}

function execution(child: ChildProcessWithoutNullStreams, tty: boolean, guard: Guard): Execution {
  const { pid, stdin, stdout, stderr } = child
  if (pid !== undefined) guard.watch(pid)
  // A program that ends does not wait for what is still typed.
  stdin.on('error', () => {})
  const exited = new Promise<number>(resolve => {
    child.once('error', () => resolve(signalOffset - 1))
    child.once('close', (code, signal) => resolve(code ?? signalOffset + (signal === 'SIGTERM' ? 15 : 9)))
    child.once('exit', () => pid !== undefined && guard.forget(pid))
  })
  return {
    ...{ stdin, stdout, stderr, exited },
    resize: (columns, rows) => void (tty && pid !== undefined && terminalOf(pid).resize(columns, rows)),
    kill() {
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    },
  }
}
