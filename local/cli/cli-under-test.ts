// For tests: command lines before a real API on the socket of a state folder, with Serving's controllers behind it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { ApiClient } from '../api/client.ts'
import { createRegistry } from '../api/registry.ts'
import { createApiServer, type ExtraHandler } from '../apiserver/server.ts'
import { type PlannedCluster, planCluster } from '../composition/network/planned-cluster.ts'
import { systemClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Logs } from '../seams/pod-logs.ts'
import { run } from './program.ts'
import type { Terminal } from './terminal.ts'

export interface Outcome {
  code: number
  out: string
  err: string
}

export interface CliOptions {
  /** Endpoints beside the Kubernetes API. */
  extra?: ReadonlyMap<string, ExtraHandler>
  logs?: Logs
}

export interface Cli {
  /** The folder the commands work on. */
  readonly folder: string
  readonly stateDir: string
  readonly store: PlannedCluster['store']
  readonly client: ApiClient
  /** One command line; `input` is what standard input holds. */
  skiff(args: readonly string[], more?: { input?: string; env?: NodeJS.ProcessEnv }): Promise<Outcome>
  /** Writes a file below the folder. */
  write(path: string, text: string): void
}

/** One for all tests of the file: it starts before the first, and is gone after the last. */
export function runCli(options: CliOptions = {}): Cli {
  const cli = {} as { -readonly [Key in keyof Cli]: Cli[Key] }
  let close: () => Promise<void>
  beforeAll(async () => {
    const started = await start(options)
    close = started.close
    Object.assign(cli, started.cli)
  })
  afterAll(() => close())
  return cli
}

async function start({ extra, logs = () => undefined }: CliOptions): Promise<{ cli: Cli; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'))
  const stateDir = join(folder, '.skiff')
  mkdirSync(stateDir)
  const cluster = planCluster({ clock: systemClock, random: seededRandom(1) })
  const { store } = cluster
  const registry = createRegistry()
  const client = new ApiClient({ store, registry, clock: systemClock })
  const server = createApiServer({
    ...{ client, registry, store, clock: systemClock, log: silentLog, logs },
    ...(extra ? { extra } : {}),
  })
  await server.listenUnix(join(stateDir, 'api.sock'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const close = async () => {
    cluster.stop()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { cli: { folder, stateDir, store, client, write, skiff: commandLine(folder) }, close }
}

/** Runs command lines in `folder`, which need no runtime to be there. */
export function commandLine(folder: string): Cli['skiff'] {
  return async (args, { input = '', env = {} } = {}) => {
    const printed = { out: '', err: '' }
    const terminal: Terminal = {
      ...{ cwd: folder, env: { PATH: process.env.PATH, ...env }, interactive: false, columns: 80, now: Date.now },
      input: async () => input,
      out: text => {
        printed.out += text
      },
      err: text => {
        printed.err += text
      },
    }
    return { code: await run(args, terminal), ...printed }
  }
}
