// A further program in the surroundings of a container: the API asks for it (`kubectl exec`), the runner starts it.
import type { Readable, Writable } from 'node:stream'

export interface ExecOptions {
  /** The program and its arguments. */
  command: readonly string[]
  /** The container; the first when left out. */
  container?: string
  /** True when the program gets a terminal: what it writes to stderr then comes on stdout. */
  tty: boolean
}

export interface Execution {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves with the exit code as a shell counts it, once the output is read or its pipes are closed. */
  readonly exited: Promise<number>
  /** Tells the terminal its size; without one nothing happens. */
  resize(columns: number, rows: number): void
  /** SIGKILL to the program and what it started. */
  kill(): void
}

/** Starts it; undefined when nothing runs in such a container. Throws `InstanceFailed` when it cannot be started. */
export type Exec = (namespace: string, pod: string, options: ExecOptions) => Execution | undefined
