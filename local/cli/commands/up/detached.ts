// The runtime in a process of its own: the parent waits for its report over an IPC channel, then both go their ways.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RuntimeOptions, RuntimeStatus } from '../../../composition/runtime.ts'
import { alreadyHeld, cannotWrite, holderOf, makeFolder } from '../../../composition/state-folder.ts'
import { SkiffError } from '../../../kernel/errors.ts'
import type { CommandContext } from '../../command.ts'
import { progressLine } from './progress.ts'

/** What a boot came to. */
export interface Booted {
  status: RuntimeStatus
  overview: string
  /** What is not Ready, and why; absent when everything is. */
  problem?: string
}

/** Who hears how a boot goes. */
export interface Report {
  progress(step: string): void
  booted(outcome: Booted): void
  failed(message: string, exitCode: number): void
}

type Message = { progress: string } | { booted: Booted } | { failed: { message: string; exitCode: number } }

/** The child's side: tells the parent, and lets it go after the outcome. A parent that went away is no failure. */
export function reportToParent(): Report {
  const send = (message: Message, last: boolean) => {
    if (!process.connected) return
    process.send?.(message, undefined, undefined, () => {
      if (last && process.connected) process.disconnect()
    })
  }
  return {
    progress: step => send({ progress: step }, false),
    booted: outcome => send({ booted: outcome }, true),
    failed: (message, exitCode) => send({ failed: { message, exitCode } }, true),
  }
}

type Options = Omit<RuntimeOptions, 'progress'>

/** The parent's side. Returns once everything is Ready; throws what the child said otherwise, with its exit code. */
export async function bootInBackground({ terminal, settings, print }: CommandContext, options: Options): Promise<void> {
  const holder = holderOf(options.stateDir)
  if (holder) throw alreadyHeld(options.stateDir, holder)
  const logFile = join(options.stateDir, 'logs', 'runtime.log')
  const child = spawnRuntime(options, terminal, openLog(logFile, options.stateDir))
  const line = progressLine(terminal, !settings.json)
  try {
    const { status, overview, problem } = await outcomeOf(child, line.show, logFile)
    line.clear()
    print(problem ? { ...status, problem } : status, () => overview)
    if (problem)
      throw new SkiffError(`not everything is Ready: ${problem} (the runtime goes on; stop it with: skiff down)`)
  } finally {
    line.clear()
    child.unref()
  }
}

function openLog(file: string, stateDir: string): number {
  try {
    makeFolder(join(stateDir, 'logs'))
    return openSync(file, 'a', 0o600)
  } catch (error) {
    throw cannotWrite(stateDir, error)
  }
}

/** A new session without a terminal, so that neither Ctrl-C nor a closed terminal reaches it. */
function spawnRuntime(options: Options, { cwd, env }: CommandContext['terminal'], log: number): ChildProcess {
  const launcher = fileURLToPath(new URL('../../bin/skiff.js', import.meta.url))
  const args = [...process.execArgv, launcher, ...upArguments(options)]
  return spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', log, log, 'ipc'] })
}

/** The command line that gives a foreground `up` the same options. */
function upArguments(options: Options): string[] {
  const { stateDir, apply, fresh, watch, seed, imagesFile, poolSize, gatewayPorts } = options
  return [
    ...['up', '--state', stateDir, '--pool', String(poolSize)],
    ...(apply ? [] : ['--no-apply']),
    ...(fresh ? ['--fresh'] : []),
    ...(watch ? ['--watch'] : []),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(imagesFile === undefined ? [] : ['--images', imagesFile]),
    ...Object.entries(gatewayPorts).flatMap(([gateway, local]) => ['--gateway-port', `${gateway}=${local}`]),
  ]
}

function outcomeOf(child: ChildProcess, progress: (step: string) => void, logFile: string): Promise<Booted> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Message) => {
      if ('progress' in message) progress(message.progress)
      else if ('booted' in message) resolve(message.booted)
      else reject(new SkiffError(message.failed.message, message.failed.exitCode))
    })
    child.on('error', error => reject(new SkiffError(`the runtime did not start: ${error.message}`)))
    child.on('exit', (code, signal) => {
      reject(new SkiffError(`the runtime ended before it was ready (${signal ?? `exit code ${code}`}); see ${logFile}`))
    })
  })
}
