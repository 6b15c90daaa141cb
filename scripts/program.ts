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

/** Runs a program to its end. Rejects when it cannot be started. */
export function runProgram(program: string, args: readonly string[], cwd: string): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed: Printed = { code: 0, out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed.err += text
    })
    child.on('error', reject)
    child.on('close', code => resolve({ ...printed, code: code ?? -1 }))
  })
}
