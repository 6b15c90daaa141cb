// How much log is kept: a cap a file, and so many ended pods a namespace.
import { copyFile, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

/** A log beyond this is moved aside, as the kubelet's containerLogMaxSize. In bytes. */
export const maxLogBytes = 10 * 1_024 * 1_024
/** Pods that ended and whose logs are kept, a namespace. */
export const keptPods = 100

/**
 * Moves a log that grew beyond `maxBytes` to `<name>.log.1` and empties it. The writer has the file open for appending
 * and goes on at its start, never waiting; what it writes between the copy and the cut is lost.
 */
export async function rotate(file: string, maxBytes = maxLogBytes): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  if (size <= maxBytes) return
  await copyFile(file, `${file}.1`)
  await truncate(file)
}

/** Removes the logs of pods beyond the `kept` newest; those of `running` pods stay. `folder` is a namespace's. */
export async function prune(folder: string, running: ReadonlySet<string>, kept = keptPods): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const ended = names.filter(name => !running.has(name))
  if (ended.length <= kept) return
  const aged = await Promise.all(ended.map(async name => ({ name, age: await changedAt(join(folder, name)) })))
  aged.sort((a, b) => b.age - a.age)
  await Promise.all(aged.slice(kept).map(({ name }) => rm(join(folder, name), { recursive: true, force: true })))
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}
