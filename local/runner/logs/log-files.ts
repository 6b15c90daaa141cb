// Where logs lie: one file a container, written by the container's processes themselves.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Kubernetes falls back to this much of the log for a termination message. */
const terminationMessageLines = 80
const terminationMessageBytes = 2_048

export function logFile(stateDir: string, namespace: string, pod: string, container: string): string {
  return join(stateDir, 'logs', namespace, pod, `${container}.log`)
}

/** Where the log of a container goes when the container is started again. */
export function previousLogFile(file: string): string {
  return file.replace(/\.log$/, '.previous.log')
}

/** Makes room for a new log: the folder, and a log of the same container before it becomes the previous one. */
export function makeLogPlace(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if (existsSync(file)) renameSync(file, previousLogFile(file))
}

/** The end of a log as `terminationMessagePolicy: FallbackToLogsOnError` gives it: 80 lines, 2048 bytes at most. */
export function terminationMessage(file: string): string {
  const text = lastBytes(file, terminationMessageBytes)
  const lines = text.split('\n')
  const ended = text.endsWith('\n') ? 1 : 0
  return lines.slice(-terminationMessageLines - ended).join('\n')
}

/** The last `count` bytes of a file as text; empty when it cannot be read. */
export function lastBytes(file: string, count: number): string {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(fd)
    const buffer = Buffer.alloc(Math.min(size, count))
    const read = readSync(fd, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8', 0, read)
  } finally {
    closeSync(fd)
  }
}
