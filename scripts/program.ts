// Programs that checks call: whether they are there, and what they print.
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Printed {
  code: number
  out: string
  err: string
}

/** Whether a command is there, as a shell would find it. */
export function isInstalled(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export interface ProgramOptions {
  /** Laid over the environment. */
  env?: Record<string, string>
  /** What it reads; nothing unless given. */
  stdin?: string
}

/** Runs a program to its end. Rejects when it cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  { env, stdin = '' }: ProgramOptions = {},
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } })
    const printed: Printed = { code: 0, out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed.err += text
    })
    // Who ends before it has read everything is heard by its code.
    child.stdin.on('error', () => {}).end(stdin)
    child.on('error', reject)
    child.on('close', code => resolve({ ...printed, code: code ?? -1 }))
  })
}
