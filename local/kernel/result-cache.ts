// Results that cost much and depend on texts alone, kept between commands under the hash of all they were made of.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ResultCache<T> {
  /** What was kept under this key; undefined when there is none, or none that can be read. */
  read(key: string): T | undefined
  /** Keeps a JSON value. A folder that cannot be written keeps nothing, which is no error. */
  write(key: string, value: T): void
}

/** The `most` newest results in `folder`, a file each. Keys are hex digits. */
export function resultCache<T>(folder: string, most: number): ResultCache<T> {
  const file = (key: string) => join(folder, `${key}.json`)
  return {
    read: key => attempt(() => JSON.parse(readFileSync(file(key), 'utf8')) as T),
    write(key, value) {
      attempt(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        // Renamed when it is whole, so that another command never reads half of it.
        const draft = join(folder, `${key}.${process.pid}.draft`)
        writeFileSync(draft, JSON.stringify(value), { mode: 0o600 })
        renameSync(draft, file(key))
        for (const old of newestFirst(folder).slice(most)) rmSync(old, { force: true })
      })
    },
  }
}

function newestFirst(folder: string): string[] {
  const files = readdirSync(folder).map(name => join(folder, name))
  const aged = files.map(path => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
  return aged.sort((a, b) => b.at - a.at).map(({ path }) => path)
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
