// What both ways to a terminal share: the streams of a remote command, whatever protocol carries them.
import type { Readable, Writable } from 'node:stream'

/** Protocols of remote commands that are spoken, the newest first (Kubernetes KEP-4006). */
export const channelProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

/** The streams as this side sees them; those the client did not ask for are missing. */
export interface Channels {
  stdin: Readable | undefined
  stdout: Writable | undefined
  stderr: Writable | undefined
  /** Sizes of the client's terminal. */
  onResize(listener: (columns: number, rows: number) => void): void
  /** Sends the outcome, a `Status`, and ends everything in order. */
  finish(status: object): void
  /** Calls back when the client went away. */
  onGone(listener: () => void): void
}

/** The size in a message of the resize channel: `{"Width":80,"Height":24}`; undefined for anything else. */
export function sizeOf(text: string): { columns: number; rows: number } | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as { Width?: unknown; Height?: unknown }
    const valid = [columns, rows].every(one => Number.isInteger(one) && Number(one) > 0 && Number(one) < 65_536)
    return valid ? { columns: Number(columns), rows: Number(rows) } : undefined
  } catch {
    return undefined
  }
}

/** The `Status` of a program that ended with `code` (remotecommand's NonZeroExitCode). */
export function exitStatus(code: number): object {
  const base = { metadata: {}, status: 'Success' }
  if (code === 0) return base
  const message = `command terminated with non-zero exit code: exit status ${code}`
  const causes = [{ reason: 'ExitCode', message: String(code) }]
  return { ...base, status: 'Failure', message, reason: 'NonZeroExitCode', details: { causes } }
}

/** The `Status` of a program that could not be started. */
export function failureStatus(message: string): object {
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 }
}
