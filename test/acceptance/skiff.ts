// The command line as the tests use it: real processes, their output and exit codes.
import { launcher, projectDir } from '../../load/world.ts'
import { type Printed, runProgram } from '../../scripts/program.ts'
import { patience } from './target.ts'

export type Ran = Printed

/** Runs `skiff` with these words against a state folder, text given on stdin. */
export function skiff(stateDir: string, words: string[], options: { stdin?: string; cwd?: string } = {}): Promise<Ran> {
  const { cwd = projectDir, ...given } = options
  return runProgram(process.execPath, [launcher, ...words, '--state', stateDir], cwd, given)
}

/** Resolves with what a command printed; rejects with what it said when it did not end well. */
export async function succeed(running: Promise<Ran>): Promise<string> {
  const { code, out, err } = await running
  if (code !== 0) throw new Error(`exit code ${code}: ${err || out}`)
  return out
}

/** Objects as `skiff get … -o json` gives them. */
export async function get<T = Record<string, never>>(stateDir: string, ...words: string[]): Promise<T> {
  const ran = await skiff(stateDir, ['get', ...words, '-o', 'json'])
  if (ran.code !== 0) throw new Error(`skiff get ${words.join(' ')}: ${ran.err}`)
  return JSON.parse(ran.out) as T
}

/** Asks again until `wanted` is true of the answer; fails with the last one after `seconds` (of the local runtime: a cluster may take longer). */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  wanted: (answer: T) => boolean,
  seconds = 20,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000 * patience
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${seconds * patience} s`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
