// `skiff run`: a program of this machine as a member of the mesh, by an identity of its own or in a service's place.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { InvalidArgumentError } from 'commander'
import { proxyEnv } from '../../composition/workloads/workload-env.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import type { ApiClient } from '../client/api-client.ts'
import { type AddCommand, commandOf, contextOf, ProgramEnded } from '../command.ts'
import type { Terminal } from '../terminal.ts'

interface RunFlags {
  namespace: string
  serviceAccount: string
  labels: Record<string, string>
  serve?: string
  port?: number
}

export const addRun: AddCommand = (program, terminal) => {
  program
    .command('run')
    .description('run a program of this machine as a member of the mesh, or in the place of a service')
    .argument('<command...>', 'the program and its arguments, after --')
    .option('-n, --namespace <namespace>', 'namespace of its identity, or of the service', 'default')
    .option('--service-account <name>', 'service account of its identity', 'default')
    .option('--labels <k=v,…>', 'labels of its identity, as sourceLabels see them', labels, {})
    .option('--serve <service>', 'put it in the place of this Knative Service')
    .option('--port <port>', 'the port it listens on, with --serve', portNumber)
    .action(async (command: string[], flags: RunFlags, ...rest) => {
      const { api } = contextOf(commandOf(rest), terminal)
      throw new ProgramEnded(await runMember(command, flags, api, terminal))
    })
}

/** Resolves with the program's own exit code, or 128 and the signal's number, as shells have it. */
async function runMember(command: string[], flags: RunFlags, api: ApiClient, terminal: Terminal): Promise<number> {
  const over = new AbortController()
  const env = await environment(flags, api, over.signal)
  if (flags.serve) {
    terminal.err(`${flags.namespace}/${flags.serve} is served by this program on port ${flags.port} until it ends\n`)
  }
  try {
    return await runToEnd(command, { ...terminal.env, ...env }, terminal.cwd)
  } finally {
    over.abort()
  }
}

async function environment(flags: RunFlags, api: ApiClient, signal: AbortSignal): Promise<Record<string, string>> {
  const { namespace, serviceAccount, serve, port } = flags
  if (serve === undefined) {
    const identity = { namespace, serviceAccount, labels: flags.labels, name: `program-${process.pid}` }
    return proxyEnv((await api.request<{ url: string }>('POST', '/skiff/credential', identity)).url)
  }
  if (port === undefined) throw new SkiffError('--serve also needs --port: where the program listens', exitCodes.usage)
  const query = new URLSearchParams({ namespace, service: serve, port: String(port) })
  const stream = api.stream(`/skiff/stand-in?${query}`, signal)
  // The stream stays open: the service is the program's as long as it is.
  const { value } = await stream.next()
  const { env } = JSON.parse(value ?? '{}') as { env: Record<string, string> }
  const { PATH: _path, HOME: _home, ...given } = env
  return given
}

/** The program has this terminal: what it reads and writes, and every signal. */
async function runToEnd([file = '', ...args]: string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const child = spawn(file, args, { env, cwd, stdio: 'inherit' })
  const forward = (signal: NodeJS.Signals) => void child.kill(signal)
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  try {
    const [code, signal] = await once(child, 'exit')
    return signal ? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0) : code
  } catch (error) {
    throw new SkiffError(`${file} did not start: ${error instanceof Error ? error.message : error}`)
  } finally {
    for (const signal of signals) process.off(signal, forward)
  }
}

function labels(text: string): Record<string, string> {
  const pairs = text.split(',').map(pair => pair.split('='))
  const wrong = pairs.find(pair => pair.length !== 2 || !pair[0])
  if (wrong) throw new InvalidArgumentError(`It must be name=value, got "${wrong.join('=')}".`)
  return Object.fromEntries(pairs)
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be 1 to 65535.')
  return port
}
