// Real servers for tests: each a process of its own on a free port of the loopback, with a folder that goes when it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Server {
  /** What clients connect to, such as `redis://127.0.0.1:40001`. The same after each start. */
  readonly url: string
  /** Of the running process; undefined while there is none. */
  readonly pid: number | undefined
  /** Ends the process by a signal (SIGKILL unless told) and resolves when it is gone. Its data stays. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on the same port and data; resolves when it accepts connections. */
  start(): Promise<void>
  /** Kills it and removes its data. */
  stop(): Promise<void>
}

export interface Program {
  command: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
}

export interface ServerKind {
  /** Of the folder and in messages: `redis`. */
  name: string
  url(port: number): string
  /** What to run so that it listens on 127.0.0.1:`port` and keeps its data in `folder`. */
  program(port: number, folder: string): Program | Promise<Program>
  /** Milliseconds until a start counts as failed. */
  startTimeoutMs: number
  /** Runs when the server ends for good. */
  end?(folder: string): void | Promise<void>
}

/** Starts a server. Rejects, with the end of its log, when it does not come up. */
export async function startServer(kind: ServerKind): Promise<Server> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), `${kind.name}-`))
  const program = await kind.program(port, folder)
  let child: ChildProcess | undefined
  const killNow = () => void child?.kill('SIGKILL')
  process.once('exit', killNow)

  const server: Server = {
    url: kind.url(port),
    get pid() {
      return child?.pid
    },
    async start() {
      if (child) return
      const log = join(folder, 'server.log')
      const started = run(program, folder, log)
      child = started
      started.once('exit', () => {
        if (child === started) child = undefined
      })
      await accepts(port, kind, () => child === started, log)
    },
    async kill(signal = 'SIGKILL') {
      if (!child) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
      while (await isOpen(port)) await delay(pollMs)
    },
    async stop() {
      process.off('exit', killNow)
      await server.kill()
      await kind.end?.(folder)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  try {
    await server.start()
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

const pollMs = 50

function run({ command, args, env }: Program, cwd: string, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a')
  try {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', log, log] })
    // A command that cannot be run at all is told by the log that stays empty.
    child.on('error', () => child.emit('exit', null, null))
    return child
  } finally {
    closeSync(log)
  }
}

async function accepts(port: number, kind: ServerKind, alive: () => boolean, log: string): Promise<void> {
  const deadline = Date.now() + kind.startTimeoutMs
  while (!(await isOpen(port))) {
    const why = alive() ? `not listening after ${kind.startTimeoutMs} ms` : 'its process ended'
    if (!alive() || Date.now() > deadline) throw new Error(`${kind.name} did not start: ${why}\n${tailOf(log)}`)
    await delay(pollMs)
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

const tailOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
