// `skiff up`: boots the runtime in this process, or in one of its own with -d.
import { existsSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import type { Runtime, RuntimeOptions } from '../../composition/runtime.ts'
import { exitCodes, messageOf, SkiffError } from '../../kernel/errors.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf, optionOf } from '../command.ts'
import { formatOverview } from './status/overview.ts'
import { bootInBackground, type Report, reportToParent } from './up/detached.ts'
import { progressLine } from './up/progress.ts'
import { publicHosts } from './up/public-hosts.ts'
import { explainStart } from './up/start-failure.ts'
import { onStopSignals } from './up/stop-signals.ts'

const projectFolders = ['functions', 'knative', 'istio', 'eventing']

export const addUp: AddCommand = (program, terminal) => {
  const command = program
    .command('up')
    .description('boot the project of the current folder and wait until everything is Ready')
  for (const name of ['detach', 'apply', 'fresh', 'watch', 'seed', 'images', 'pool', 'gatewayPort'] as const) {
    command.addOption(optionOf(name))
  }
  command.action(async (...args) => {
    const context = contextOf(commandOf(args), terminal)
    const options = runtimeOptions(context)
    await (context.settings.detach ? bootInBackground(context, options) : serve(context, options))
  })
}

/** What the runtime is told. Throws a usage error for a folder that is no project and for a missing image map. */
function runtimeOptions({ terminal, settings, stateDir }: CommandContext): Omit<RuntimeOptions, 'progress'> {
  const { apply, fresh, watch, seed, images, pool, gatewayPort } = settings
  const isProject = projectFolders.some(folder => existsSync(join(terminal.cwd, folder)))
  if (apply && !isProject) {
    const wanted = projectFolders.map(folder => `${folder}/`).join(', ')
    throw new SkiffError(
      `${terminal.cwd} is no project: it has none of ${wanted}; make one with: skiff init NAME`,
      exitCodes.usage,
    )
  }
  const imagesFile = images === undefined ? undefined : resolve(terminal.cwd, images)
  if (imagesFile && !existsSync(imagesFile))
    throw new SkiffError(`--images: no such file: ${imagesFile}`, exitCodes.usage)
  return {
    projectDir: terminal.cwd,
    stateDir,
    apply,
    fresh,
    watch,
    poolSize: pool,
    gatewayPorts: gatewayPort,
    ...(seed === undefined ? {} : { seed }),
    ...(imagesFile ? { imagesFile } : {}),
  }
}

/**
 * Runs the runtime in this process until it is asked to stop. An error no room caught (a disk that got full) ends it as
 * kill -9 would: what was acknowledged is stored, and instances end with it.
 */
async function serve(context: CommandContext, options: Omit<RuntimeOptions, 'progress'>): Promise<void> {
  process.umask(0o077) // everything in the state folder is its owner's alone
  const report = process.send ? reportToParent() : reportToTerminal(context)
  const stopping = Promise.withResolvers<void>()
  const letGo = onStopSignals(
    () => stopping.resolve(),
    () => process.exit(130),
  )
  const failed = Promise.withResolvers<never>()
  process.on('uncaughtException', failed.reject)
  try {
    const runtime = await Promise.race([start(options, report), failed.promise])
    runtime.stopped.then(stopping.resolve)
    const served = announce(runtime, report).then(() => stopping.promise)
    await Promise.race([served, stopping.promise, failed.promise])
    await Promise.race([runtime.stop(), failed.promise])
  } catch (error) {
    const shown = explainStart(error, options.stateDir, options.gatewayPorts)
    // In the background nobody sees the error but who reads the log: there it is with its place.
    if (shown === error && process.send) context.terminal.err(`${(error as Error)?.stack ?? error}\n`)
    report.failed(messageOf(shown), shown instanceof SkiffError ? shown.exitCode : exitCodes.failed)
    throw shown
  } finally {
    letGo()
  }
}

async function start(options: Omit<RuntimeOptions, 'progress'>, report: Report): Promise<Runtime> {
  const { startRuntime } = await import('../../main.ts')
  return startRuntime({ ...options, progress: report.progress })
}

/** Waits until everything is Ready, or is known not to be, and says what runs where. The runtime goes on either way. */
async function announce(runtime: Runtime, report: Report): Promise<void> {
  const problem = await runtime.ready().then(
    () => undefined,
    error => messageOf(error),
  )
  const status = runtime.status()
  const bootMs = Math.round(process.uptime() * 1000)
  report.booted({
    status,
    overview: formatOverview(status, publicHosts(runtime.objects), bootMs),
    ...(problem ? { problem } : {}),
  })
  flushCompileCache() // a runtime may end by kill -9 and would then never write it
}

function reportToTerminal({ terminal, settings, print }: CommandContext): Report {
  const line = progressLine(terminal, !settings.json)
  return {
    progress: line.show,
    booted({ status, overview, problem }) {
      line.clear()
      print(problem ? { ...status, problem } : status, () => overview)
      if (problem && !settings.json) terminal.err(`skiff: not everything is Ready: ${problem}\n`)
    },
    failed: line.clear,
  }
}
