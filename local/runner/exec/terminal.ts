// Terminals without a native module: `script`, which every Linux and macOS has, opens one, and `stty` sets its size.
import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { findProgram } from '../images/image-map.ts'
import { failed } from '../types.ts'

const noTerminal =
  'no terminal can be opened here: the program "script" (package util-linux or bsdutils) is missing; run the command without -t'

/** The command line that runs `command` with a terminal as its input and output. Throws `SpawnFailed` without `script`. */
export function terminalCommand(command: readonly string[]): string[] {
  const script = findProgram('script', '/', process.env.PATH)
  if (script === undefined) throw failed('SpawnFailed', noTerminal)
  if (process.platform !== 'linux') return [script, '-q', '/dev/null', ...command]
  return [script, '--quiet', '--flush', '--return', '--echo', 'always', '--command', shellWords(command), '/dev/null']
}

/** Words as a POSIX shell reads them back; `exec` keeps the shell from standing in between. */
function shellWords(command: readonly string[]): string {
  return `exec ${command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')}`
}

/** The terminal of the program that the `script` process `pid` runs. */
export function terminalOf(pid: number): { resize(columns: number, rows: number): void } {
  return {
    // A window of a size nobody knows is better than none: what goes wrong here goes unsaid.
    resize: (columns, rows) => resizeSoon(pid, columns, rows, 20),
  }
}

/** The first size often comes before the program has its terminal: it is tried again for a second. */
function resizeSoon(pid: number, columns: number, rows: number, tries: number): void {
  const device = deviceOf(pid)
  const flag = process.platform === 'linux' ? '-F' : '-f'
  if (device) execFile('stty', [flag, device, 'cols', String(columns), 'rows', String(rows)], () => {})
  else if (tries > 0) setTimeout(() => resizeSoon(pid, columns, rows, tries - 1), 50).unref()
}

function deviceOf(pid: number): string | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    const device = child ? readlinkSync(`/proc/${child}/fd/0`) : ''
    return device.startsWith('/dev/pts/') ? device : undefined
  } catch {
    return undefined
  }
}
