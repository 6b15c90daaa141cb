// The runtime's own log: one line an entry, to whatever sink the composition root gives.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void

/** Swallows everything; for tests and for parts used without a runtime. */
export const silentLog: Log = () => {}

/** A log that writes JSON lines (`time`, `level`, `msg`, fields) to `write`. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, message, fields) => {
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, msg: message, ...fields })}\n`)
  }
}
