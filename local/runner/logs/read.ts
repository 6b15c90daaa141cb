// Reading logs: the last lines of a container's log, and what is added to it from then on.
import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { logFile } from './log-files.ts'

export interface LogOptions {
  /** How many of the last lines; all when left out. */
  tail?: number
  follow: boolean
  /** The container; the first with a log when left out. */
  container?: string
  /** Ends a follow; so does leaving the loop once a chunk was seen. */
  signal?: AbortSignal
}

const chunkBytes = 64 * 1_024
/** Events of the file system may be lost or late: a follow looks again this often, in milliseconds. */
const lookAgainMs = 500

/** What a pod's container wrote, oldest first; undefined when nothing is kept of it. */
export function readLogs(
  stateDir: string,
  namespace: string,
  pod: string,
  options: LogOptions,
): AsyncIterable<Buffer> | undefined {
  const container = options.container ?? containersOf(stateDir, namespace, pod)[0]
  if (container === undefined || [namespace, pod, container].some(part => /[/\\]|^\.+$/.test(part))) return undefined
  if (!containersOf(stateDir, namespace, pod).includes(container)) return undefined
  return contents(logFile(stateDir, namespace, pod, container), options)
}

/** Containers of a pod that have a log. */
export function containersOf(stateDir: string, namespace: string, pod: string): string[] {
  try {
    const files = readdirSync(dirname(logFile(stateDir, namespace, pod, 'any')))
    return files.flatMap(file => /^([^.]+)\.log$/.exec(file)?.[1] ?? []).sort()
  } catch {
    return []
  }
}

async function* contents(path: string, { tail, follow, signal }: LogOptions): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    let at = tail === undefined ? 0 : await startOfTail(file, tail)
    for (;;) {
      const { size } = await file.stat()
      // A log that got shorter was rotated: what follows starts anew.
      if (size < at) at = 0
      for (; at < size; ) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, at)
        if (bytesRead === 0) break
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
      if (!follow || signal?.aborted) return
      await changed(path, signal)
    }
  } finally {
    await file.close()
  }
}

/** Where the last `lines` lines begin, found from the end backwards. */
async function startOfTail(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines === 0) return size
  let missing = lines
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    for (let index = bytesRead - 1; index >= 0; index--) {
      const endsTheFile = start + index === size - 1
      if (buffer[index] === 0x0a && !endsTheFile && --missing === 0) return start + index + 1
    }
    end = start
  }
  return 0
}

/** Resolves when the file may have changed, or the signal is aborted. */
function changed(path: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    let watcher: FSWatcher | undefined
    const done = () => {
      clearTimeout(timer)
      watcher?.close()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, lookAgainMs)
    signal?.addEventListener('abort', done, { once: true })
    try {
      watcher = watch(path, done)
      watcher.on('error', done)
    } catch {
      // Removed, or no watch is left on this machine: the timer looks again.
    }
  })
}
