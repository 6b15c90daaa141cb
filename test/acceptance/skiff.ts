// The command line as the tests use it: real processes, their output and exit codes.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { projectDir } from '../../load/world.ts'

export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs `skiff` with these words against a state folder, text given on stdin. */
export function skiff(stateDir: string, words: string[], options: { stdin?: string; cwd?: string } = {}): Promise<Ran> {
  const launcher = join(projectDir, 'local/cli/bin/skiff.js')
  const child = spawn(process.execPath, [launcher, ...words, '--state', stateDir], { cwd: options.cwd ?? projectDir })
  const ran: Ran = { code: 0, out: '', err: '' }
  child.stdout.on('data', (data: Buffer) => {
    ran.out += data
  })
  child.stderr.on('data', (data: Buffer) => {
    ran.err += data
  })
  child.stdin.end(options.stdin ?? '')
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ ...ran, code: code ?? -1 }))
  })
}

/** Objects as `skiff get … -o json` gives them. */
export async function get<T = Record<string, never>>(stateDir: string, ...words: string[]): Promise<T> {
  const ran = await skiff(stateDir, ['get', ...words, '-o', 'json'])
  if (ran.code !== 0) throw new Error(`skiff get ${words.join(' ')}: ${ran.err}`)
  return JSON.parse(ran.out) as T
}

/** Asks again until `wanted` is true of the answer; fails with the last one after `seconds`. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  wanted: (answer: T) => boolean,
  seconds = 20,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${seconds} s`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
