// Which process listens on a port, where the system tells it cheaply: Linux, through /proc.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface PortHolder {
  pid: number
  /** The program's short name. */
  command: string
}

const listening = '0A'

/** The process that listens on the TCP port; undefined when there is none or this user may not see it. */
export function holderOfPort(port: number): PortHolder | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap(table => listenersOf(table, port)).map(inode => `socket:[${inode}]`))
  const pid =
    sockets.size > 0 ? entriesOf('/proc').find(entry => /^\d+$/.test(entry) && holds(entry, sockets)) : undefined
  return pid === undefined ? undefined : { pid: Number(pid), command: read(`/proc/${pid}/comm`).trim() }
}

/** Inodes of the listening sockets of a table: local address in field 1, state in 3, inode in 9, as proc(5) says. */
function listenersOf(table: string, port: number): string[] {
  return read(`/proc/net/${table}`)
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[3] === listening && Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port)
    .flatMap(fields => fields[9] ?? [])
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`
  return entriesOf(folder).some(fd => sockets.has(target(`${folder}/${fd}`)))
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // another user's process, or one that just ended
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
