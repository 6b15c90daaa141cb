// Stack traces of a function name the lines of its source, not those of its bundle.
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'

interface Place {
  file: string
  /** From 1. */
  line: number
  column: number
}

/** Where a place of the bundle comes from; undefined when nothing is known of it. */
export type Trace = (line: number, column: number) => Place | undefined

/**
 * From now on the stack of every error of this process names source files of `projectDir` where a line belongs to
 * `bundle`. Its map, `<bundle>.map`, is read when a stack is looked at for the first time: most processes never do.
 */
export function traceSources(bundle: string, projectDir: string): void {
  let trace: Trace | undefined
  Error.prepareStackTrace = (error, frames) => {
    trace ??= readTrace(`${bundle}.map`, projectDir)
    return [headingOf(error), ...frames.map(frame => lineOf(frame, bundle, trace))].join('\n    at ')
  }
}

/** `bundle` in a frame's own words is replaced by what the map says of the place. */
function lineOf(frame: NodeJS.CallSite, bundle: string, trace: Trace | undefined): string {
  const text = frame.toString()
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()]
  if (frame.getFileName() !== bundle || line === null || column === null) return text
  const place = trace?.(line, column)
  return place ? text.replace(`${bundle}:${line}:${column}`, `${place.file}:${place.line}:${place.column}`) : text
}

/** As V8 begins a stack; an error that cannot say what it is must not hide the stack. */
function headingOf(error: unknown): string {
  try {
    return String(error)
  } catch {
    return '<error>'
  }
}

function readTrace(file: string, projectDir: string): Trace {
  try {
    const map = new SourceMap(JSON.parse(readFileSync(file, 'utf8')))
    return (line, column) => {
      const entry = map.findEntry(line - 1, column - 1)
      if (!('originalSource' in entry) || entry.originalSource.startsWith('entry:')) return undefined
      const { originalSource, originalLine, originalColumn } = entry
      return { file: join(projectDir, originalSource), line: originalLine + 1, column: originalColumn + 1 }
    }
  } catch {
    // An image folder that is gone, or a bundle of an earlier release: its own lines are better than none.
    return () => undefined
  }
}
