// Notes of when logs grew, kept in memory for the logs of instances that run.
import { statSync } from 'node:fs'
import type { Clock } from '../../kernel/clock.ts'
import { noted, type SizeNote } from './line-times.ts'

export interface LogSizes {
  /** Looks at these logs, and forgets all others. */
  note(files: readonly string[]): void
  /** The notes of one log, with one of this moment. */
  of(file: string): readonly SizeNote[]
}

/** Keeps notes of logs from now on. */
export function createLogSizes(clock: Pick<Clock, 'now'>): LogSizes {
  let notes = new Map<string, readonly SizeNote[]>()
  const look = (file: string) => {
    const size = statSync(file, { throwIfNoEntry: false })?.size
    const before = notes.get(file) ?? []
    return size === undefined ? before : noted(before, { time: clock.now(), size })
  }
  return {
    note: files => {
      notes = new Map(files.map(file => [file, look(file)]))
    },
    of: file => {
      // Of a log nobody writes any more the time of its last change is all there is to know.
      if (!notes.has(file)) return []
      notes.set(file, look(file))
      return notes.get(file) ?? []
    },
  }
}
