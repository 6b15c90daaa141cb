// The state folder: made with the right modes, held by one runtime at a time.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { exitCodes, messageOf, SkiffError } from '../kernel/errors.ts'

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
  if (holder) throw alreadyHeld(path, holder)
  try {
    if (options.fresh) forget(path)
    makeFolder(path)
    chmodSync(path, 0o700)
    for (const folder of folders) makeFolder(join(path, folder))
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    throw cannotWrite(path, error)
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

/** The refusal for a state folder that cannot be made or written: exit code 1, with the way out. */
export function cannotWrite(path: string, error: unknown): SkiffError {
  return new SkiffError(`cannot write the state folder ${path}: ${messageOf(error)}; name another with --state DIR`)
}

/** The refusal for a folder that another runtime holds: exit code 5. */
export function alreadyHeld(path: string, holder: number): SkiffError {
  return new SkiffError(
    `already running here as process ${holder} (state ${path}); stop it with: skiff down`,
    exitCodes.taken,
  )
}

/**
 * Makes a folder only its owner may enter, and those above it that are missing. Node's own `recursive` never returns
 * where the system has no entry but takes none either, as below /proc.
 */
export function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
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
  return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid) ? pid : undefined
}

/** Drops objects, events and functions' data; images stay, they are only a cache by content. */
function forget(path: string): void {
  const databases = ['state.db', 'broker.db'].flatMap(name => [name, `${name}-wal`, `${name}-shm`])
  for (const name of [...databases, 'data', 'applied.json', 'traces.jsonl', 'traces.jsonl.1']) {
    rmSync(join(path, name), { recursive: true, force: true })
  }
}

/** True while a process of this id runs, whoever's it is. */
export function isAlive(pid: number): boolean {
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
