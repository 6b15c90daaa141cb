// Files of the state folder: written whole or not at all, and never trusted to be intact when read.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Writes a file so that a reader sees the old or the new content, never half of it. */
export function writeAtomic(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.draft`
  writeFileSync(draft, content)
  renameSync(draft, path)
}

/** The JSON of a file; undefined when there is none, or one cut short by a crash. */
export function readJson<Shape>(path: string): Shape | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Shape
  } catch {
    return undefined
  }
}
