// Structured log lines on stdout, one JSON object each, with the keys the greeting system has always had.
import pino from 'pino'
import { type Env, perEnv } from './env.ts'

export interface LogFields {
  trace_id?: string | undefined
  [name: string]: unknown
}

type Write = (message: string, fields?: LogFields) => void

export interface Log {
  debug: Write
  info: Write
  warn: Write
  error: Write
}

const levels = ['debug', 'info', 'warn', 'error'] as const
/** Names of other loggers that LOG_LEVEL may carry, and ours for them. */
const aliases: Record<string, string> = { warning: 'warn', trace: 'debug', fatal: 'error', panic: 'error' }

/** The log of a function: keys function, level, line, msg, time (RFC 3339, seconds), service, revision, and the fields given. */
export const logOf = perEnv<Log>('log', env => createLog(env, writeStdout))

/** A log that hands each line, newline included, to `write`. An unknown LOG_LEVEL means `info`. */
export function createLog(env: Env, write: (line: string) => void): Log {
  const wanted = env.LOG_LEVEL?.toLowerCase() ?? 'info'
  const level = aliases[wanted] ?? wanted
  const logger = pino(
    {
      level: level === 'silent' || (levels as readonly string[]).includes(level) ? level : 'info',
      base: { service: env.K_SERVICE ?? 'local', revision: env.K_REVISION ?? 'local' },
      formatters: { level: label => ({ level: label }) },
      timestamp: () => `,"time":"${seconds(Date.now())}"`,
    },
    { write },
  )
  const place = placesByMessage()
  const writer = (name: (typeof levels)[number]): Write => {
    if (!logger.isLevelEnabled(name)) return () => {}
    const entry: Write = (message, fields) => logger[name]({ ...place(message, entry), ...fields }, message)
    return entry
  }
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') }
}

let lastSecond = 0
let lastText = ''

/** RFC 3339 without a fraction; the text is made once a second. */
function seconds(now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`
  }
  return lastText
}

interface Place {
  function: string
  line: string
}

/**
 * Where each message comes from. Reading the stack costs more than the rest of a line, so it is read once a message:
 * a message is a constant text that stands in one place, and what varies goes into fields.
 */
function placesByMessage(): (message: string, below: Write) => Place {
  const places = new Map<string, Place>()
  return (message, below) => {
    const known = places.get(message)
    if (known) return known
    const place = callSite(below)
    if (places.size < mostPlaces) places.set(message, place)
    return place
  }
}

/** Messages that are not constant after all must not fill the memory. */
const mostPlaces = 1_000

/** The function that logs, and its line (a string, as in the originals), read from one stack frame. */
function callSite(below: Write): Place {
  const { prepareStackTrace, stackTraceLimit } = Error
  Error.stackTraceLimit = 1
  Error.prepareStackTrace = (_error, frames) => frames
  const holder: { stack?: NodeJS.CallSite[] } = {}
  Error.captureStackTrace(holder, below)
  const frame = holder.stack?.[0]
  Error.prepareStackTrace = prepareStackTrace
  Error.stackTraceLimit = stackTraceLimit
  return { function: frame?.getFunctionName() ?? 'anonymous', line: String(frame?.getLineNumber() ?? 0) }
}

/** Lines wait this long for others to join their write: under load that is one system call for many requests. */
const joinMs = 20
let pending = ''
let flushesAtExit = false

function writeStdout(line: string): void {
  if (pending === '') setTimeout(flushLog, joinMs)
  pending += line
  if (flushesAtExit) return
  flushesAtExit = true
  process.once('exit', flushLog)
}

/** Writes what is waiting; the last thing to do before a process ends. */
export function flushLog(): void {
  const lines = pending
  pending = ''
  if (lines !== '') process.stdout.write(lines)
}
