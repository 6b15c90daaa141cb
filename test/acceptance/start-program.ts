// A program that goes on while the suite runs.
import { type ChildProcess, spawn } from 'node:child_process'
import { projectDir } from '../../load/world.ts'

/** Starts a program that goes on, and waits for its first line. Rejects with what it said when it ends instead. */
export function startProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<ChildProcess> {
  const child = spawn(program, args, { cwd: projectDir, env: { ...process.env, ...env } })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data
  })
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve(child))
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`)))
  })
}
