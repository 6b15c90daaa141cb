// The state folder: made with the right modes, held by one runtime at a time.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { exitCodes, messageOf, SkiffError } from './kernel/errors.ts'

export interface StateFolder {
  readonly path: string
  file(name: string): string
  /** Opens a log below `logs/`; the result appends to it. What an earlier runtime wrote stays. */
  openLog(name: string): (line: string) => void
  /** A JSON file of the folder: `read` gives undefined when it is missing or torn. */
  json<T>(name: string): { read(): T | undefined; write(value: T): void }
  /** Gives the folder up: the next runtime may take it. */
  release(): void
}

const folders = ['images', 'data', 'logs']

/**
 * Takes the folder for this process. Errors: exit code 5 when another runtime holds it, 1 with one sentence when it can
 * not be written. A pid file whose process is gone is taken over.
 */
export function takeStateFolder(path: string, options: { fresh?: boolean } = {}): StateFolder {
  const pidFile = join(path, 'skiff.pid')
  const holder = holderOf(path)
  if (holder) {
    throw new SkiffError(
      `already running here as process ${holder} (state ${path}); stop it with: skiff down`,
      exitCodes.taken,
    )
  }
  try {
    if (options.fresh) forget(path)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700)
    for (const folder of folders) mkdirSync(join(path, folder), { recursive: true, mode: 0o700 })
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    throw new SkiffError(`cannot write the state folder ${path}: ${messageOf(error)}; name another with --state DIR`)
  }
  const file = (name: string) => join(path, name)
  return {
    path,
    file,
    openLog: name => appendTo(file(join('logs', name))),
    json: name => jsonFile(file(name)),
    release: () => rmSync(pidFile, { force: true }),
  }
}

function appendTo(file: string): (line: string) => void {
  const fd = openSync(file, 'a', 0o600)
  return line => {
    try {
      writeSync(fd, line)
    } catch {
      // A full disk must not end the runtime: the line is lost, the system goes on.
    }
  }
}

function jsonFile<T>(file: string): { read(): T | undefined; write(value: T): void } {
  return {
    read() {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as T
      } catch {
        return undefined
      }
    },
    write(value) {
      writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}

/** The pid of the runtime that holds the folder, if one lives. */
export function holderOf(path: string): number | undefined {
  const pidFile = join(path, 'skiff.pid')
  if (!existsSync(pidFile)) return undefined
  const pid = Number(readFileSync(pidFile, 'utf8'))
  return Number.isInteger(pid) && pid > 0 && pid !== process.pid && alive(pid) ? pid : undefined
}

/** Drops objects, events and functions' data; images stay, they are only a cache by content. */
function forget(path: string): void {
  const databases = ['state.db', 'broker.db'].flatMap(name => [name, `${name}-wal`, `${name}-shm`])
  for (const name of [...databases, 'data', 'applied.json']) {
    rmSync(join(path, name), { recursive: true, force: true })
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A killed process that its parent has not collected yet (containers often have no init) runs no more. Linux alone. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
