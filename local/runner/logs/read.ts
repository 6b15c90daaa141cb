// Reading logs: the last lines of a container's log, and what is added to it from then on.
import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LogOptions } from '../../seams/pod-logs.ts'
import { offsetSince, type SizeNote, timeAt } from './line-times.ts'
import { logFile, previousLogFile } from './log-files.ts'

export interface ReadOptions extends LogOptions {
  /** Ends a follow; so does leaving the loop once a chunk was seen. */
  signal?: AbortSignal
}

/** What is known of when a log file grew; empty when nothing is. */
export type NotesOf = (file: string) => readonly SizeNote[]

const chunkBytes = 64 * 1_024
/** Events of the file system may be lost or late: a follow looks again this often, in milliseconds. */
const lookAgainMs = 500

/** What a pod's container wrote, oldest first; undefined when nothing is kept of it. */
export function readLogs(
  stateDir: string,
  namespace: string,
  pod: string,
  options: ReadOptions,
  notesOf: NotesOf = () => [],
): AsyncIterable<Buffer> | undefined {
  const container = options.container ?? containersOf(stateDir, namespace, pod)[0]
  if (container === undefined || [namespace, pod, container].some(part => /[/\\]|^\.+$/.test(part))) return undefined
  if (!containersOf(stateDir, namespace, pod).includes(container)) return undefined
  const current = logFile(stateDir, namespace, pod, container)
  if (!options.previous) return lines(current, options, notesOf)
  const before = previousLogFile(current)
  return existsSync(before) ? lines(before, { ...options, follow: false }, notesOf) : undefined
}

function lines(file: string, options: ReadOptions, notesOf: NotesOf): AsyncIterable<Buffer> {
  const written = contents(file, options, notesOf)
  const shown = options.timestamps ? stamped(written, file, notesOf) : bytesOf(written)
  return options.limitBytes === undefined ? shown : limited(shown, options.limitBytes)
}

/** Containers of a pod that have a log. */
function containersOf(stateDir: string, namespace: string, pod: string): string[] {
  try {
    const files = readdirSync(dirname(logFile(stateDir, namespace, pod, 'any')))
    return files.flatMap(file => /^([^.]+)\.log$/.exec(file)?.[1] ?? []).sort()
  } catch {
    return []
  }
}

interface Written {
  /** Where in the file the bytes lie. */
  offset: number
  bytes: Buffer
}

async function* contents(
  path: string,
  { tail, follow, signal, since }: ReadOptions,
  notesOf: NotesOf,
): AsyncGenerator<Written> {
  const file = await open(path, 'r')
  try {
    let at = tail === undefined ? 0 : await startOfTail(file, tail)
    if (since !== undefined) at = Math.max(at, await startSince(file, since, notesOf(path)))
    for (;;) {
      const { size } = await file.stat()
      // A log that got shorter was rotated: what follows starts anew.
      if (size < at) at = 0
      for (; at < size; ) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, at)
        if (bytesRead === 0) break
        yield { offset: at, bytes: buffer.subarray(0, bytesRead) }
        at += bytesRead
      }
      if (!follow || signal?.aborted) return
      await changed(path, signal)
    }
  } finally {
    await file.close()
  }
}

/** Where the lines written since a moment begin; a log of which nothing is noted is as old as its last change. */
async function startSince(file: FileHandle, since: number, notes: readonly SizeNote[]): Promise<number> {
  const { size, mtimeMs } = await file.stat()
  return offsetSince(notes.length > 0 ? notes : [{ time: mtimeMs, size }], since, size)
}

async function* bytesOf(written: AsyncIterable<Written>): AsyncGenerator<Buffer> {
  for await (const { bytes } of written) yield bytes
}

/** Lines with the time they began to be written at before each, as the kubelet's. */
async function* stamped(written: AsyncIterable<Written>, file: string, notesOf: NotesOf): AsyncGenerator<Buffer> {
  let atStart = true
  for await (const { offset, bytes } of written) {
    const notes = notesOf(file)
    const parts: Buffer[] = []
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(0x0a, from) + 1 || bytes.length
      const time = timeAt(notes, offset + from, Date.now())
      if (atStart) parts.push(Buffer.from(`${new Date(time).toISOString()} `))
      parts.push(bytes.subarray(from, end))
      atStart = bytes[end - 1] === 0x0a
      from = end
    }
    yield Buffer.concat(parts)
  }
}

async function* limited(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let left = limit
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
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
