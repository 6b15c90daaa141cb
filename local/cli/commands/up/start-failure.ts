// Why a runtime did not start, as one sentence with the way out: taken ports, and disks that cannot be written.
import { exitCodes, messageOf, SkiffError } from '../../../kernel/errors.ts'
import { holderOfPort } from './port-holder.ts'

interface SystemError extends Error {
  code?: string
  port?: number
  path?: string
  /** SQLite's result code. */
  errcode?: number
}

const diskReasons: Record<string, string> = {
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a file is in the way',
}

/** By SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const sqliteReasons: Record<number, string> = {
  8: 'the disk is read-only',
  10: 'the disk failed to read or write',
  11: 'a database is damaged (start over with --fresh, or delete the folder)',
  13: 'the disk is full',
  14: 'a database cannot be opened',
}

/**
 * The error to show for one that ended a start. `gatewayPorts` are local ports by gateway port, to name the flag that
 * moves a taken one. Errors already meant for the user, and unforeseen ones, come back as they are.
 */
export function explainStart(
  error: unknown,
  stateDir: string,
  gatewayPorts: Readonly<Record<number, number>>,
): unknown {
  const taken = causesOf(error).find(one => one.code === 'EADDRINUSE' && one.port !== undefined)
  if (taken?.port !== undefined) return portTaken(taken.port, gatewayPorts)
  if (error instanceof SkiffError || !(error instanceof Error)) return error
  const { code, port, errcode } = error as SystemError
  if (code === 'EACCES' && port !== undefined) {
    return new SkiffError(
      `port ${port} needs more rights than this user has; name another with ${flagFor(port, gatewayPorts)}`,
    )
  }
  const reason = diskReasons[code ?? ''] ?? sqliteReasons[(errcode ?? 0) & 0xff]
  if (!reason) return error
  return new SkiffError(
    `cannot write the state folder ${stateDir}: ${reason} (${messageOf(error)}); name another with --state DIR`,
    exitCodes.failed,
    {
      cause: error,
    },
  )
}

/** The error and what caused it, outermost first. */
function causesOf(error: unknown): SystemError[] {
  return error instanceof Error ? [error as SystemError, ...causesOf(error.cause)] : []
}

function portTaken(port: number, gatewayPorts: Readonly<Record<number, number>>): SkiffError {
  const holder = holderOfPort(port)
  const by = holder ? ` by ${holder.command} (process ${holder.pid})` : ''
  return new SkiffError(`port ${port} is taken${by}; name another with ${flagFor(port, gatewayPorts)}`, exitCodes.taken)
}

/** The gateway port is where the local one comes from: as asked for, else by contract (80 → 8080, N below 1024 → N + 8000). */
function flagFor(port: number, gatewayPorts: Readonly<Record<number, number>>): string {
  const asked = Object.entries(gatewayPorts).find(([, local]) => local === port)?.[0]
  const byContract: Record<number, number> = { 8080: 80, 8443: 443 }
  const gateway = asked ?? byContract[port] ?? (port > 8000 && port < 9024 ? port - 8000 : port)
  return `--gateway-port ${gateway}=PORT`
}
