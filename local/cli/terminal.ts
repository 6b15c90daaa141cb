// Where a command reads and writes: handed to every command, so that tests give their own.
import { text } from 'node:stream/consumers'

export interface Terminal {
  /** The folder the command works on. */
  cwd: string
  env: NodeJS.ProcessEnv
  /** True when a person looks at the errors' stream: progress is shown then. */
  interactive: boolean
  /** Width of the terminal in characters. */
  columns: number
  /** Standard input to its end. */
  input(): Promise<string>
  out(text: string): void
  err(text: string): void
  /** Milliseconds since the epoch, for ages. */
  now(): number
}

/** The terminal of this process. A reader that went away (`skiff get … | head`) ends the process quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  }
  return {
    cwd: process.cwd(),
    env: process.env,
    interactive: Boolean(stderr.isTTY),
    columns: stderr.columns ?? 80,
    input: () => text(process.stdin),
    out: chunk => stdout.write(chunk),
    err: chunk => stderr.write(chunk),
    now: () => Date.now(),
  }
}

/** Ends the process when all that was written has been taken: a pipe whose reader is slow holds only so much. */
export async function endProcess(exitCode: number): Promise<never> {
  const streams = [process.stdout, process.stderr]
  await Promise.all(streams.map(stream => new Promise(resolve => stream.write('', resolve))))
  process.exit(exitCode)
}
