// Has any file changed? Size and time decide first, the content only when they differ.
import { readFileSync, statSync } from 'node:fs'
import { sha256 } from './reference.ts'

export interface Input {
  path: string
  size: number
  mtimeMs: number
  hash: string
}

export interface InputReader {
  /** What `path` is now; undefined when it cannot be read. */
  read(path: string): Input | undefined
  /** The inputs as they are now when all still have the recorded content; undefined when one changed or is gone. */
  unchanged(inputs: readonly Input[]): Input[] | undefined
  /** Ends a round. */
  forget(): void
}

/** Looks at each file once a round: bundles made together share most of their files. */
export function createInputReader(): InputReader {
  const seen = new Map<string, Input>()
  const note = (input: Input | undefined) => {
    if (input) seen.set(input.path, input)
    return input
  }
  return {
    read: path => seen.get(path) ?? note(readInput(path)),
    unchanged(inputs) {
      const now: Input[] = []
      for (const input of inputs) {
        const current = seen.get(input.path) ?? note(sameStat(input) ? input : readInput(input.path))
        if (current?.hash !== input.hash) return undefined
        now.push(current)
      }
      return now
    },
    forget: () => seen.clear(),
  }
}

function readInput(path: string): Input | undefined {
  try {
    const { size, mtimeMs } = statSync(path)
    return { path, size, mtimeMs, hash: sha256(readFileSync(path)) }
  } catch {
    return undefined
  }
}

function sameStat(input: Input): boolean {
  const stat = statSync(input.path, { throwIfNoEntry: false })
  return stat !== undefined && stat.size === input.size && stat.mtimeMs === input.mtimeMs
}
