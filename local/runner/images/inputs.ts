// Has any file changed? Size and time decide first, the content only when they differ.
import { readFileSync, statSync } from 'node:fs'
import { sha256 } from './reference.ts'

export interface Input {
  path: string
  size: number
  mtimeMs: number
  hash: string
}

/** What `path` is now; undefined when it cannot be read. */
export function readInput(path: string): Input | undefined {
  try {
    const { size, mtimeMs } = statSync(path)
    return { path, size, mtimeMs, hash: sha256(readFileSync(path)) }
  } catch {
    return undefined
  }
}

/** The inputs as they are now when all still have the recorded content; undefined when one changed or is gone. */
export function unchanged(inputs: readonly Input[]): Input[] | undefined {
  const now: Input[] = []
  for (const input of inputs) {
    const current = sameStat(input) ? input : readInput(input.path)
    if (current?.hash !== input.hash) return undefined
    now.push(current)
  }
  return now
}

function sameStat(input: Input): boolean {
  const stat = statSync(input.path, { throwIfNoEntry: false })
  return stat !== undefined && stat.size === input.size && stat.mtimeMs === input.mtimeMs
}
