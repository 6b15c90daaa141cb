// The tree of commands, and how an outcome becomes an exit code and one clear line.
import { Command, CommanderError } from 'commander'
import { exitCodes, SkiffError, StatusError } from '../kernel/errors.ts'
import { type AddCommand, optionOf, ProgramEnded } from './command.ts'
import type { Terminal } from './terminal.ts'

/** In the order of the help text. A short command spends most of its time on loading: each loads what it needs. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  up: async () => (await import('./commands/up.ts')).addUp,
  down: async () => (await import('./commands/down.ts')).addDown,
  status: async () => (await import('./commands/status.ts')).addStatus,
  apply: async () => (await import('./commands/apply.ts')).addApply,
  delete: async () => (await import('./commands/delete.ts')).addDelete,
  get: async () => (await import('./commands/get.ts')).addGet,
  logs: async () => (await import('./commands/logs.ts')).addLogs,
  events: async () => (await import('./commands/events.ts')).addEvents,
  traces: async () => (await import('./commands/traces.ts')).addTraces,
  rules: async () => (await import('./commands/rules.ts')).addRules,
  run: async () => (await import('./commands/run.ts')).addRun,
  service: async () => (await import('./commands/service.ts')).addService,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  analyze: async () => (await import('./commands/analyze.ts')).addAnalyze,
  init: async () => (await import('./commands/init.ts')).addInit,
  completion: async () => (await import('./commands/completion.ts')).addCompletion,
  version: async () => (await import('./commands/version.ts')).addVersion,
}

/** The command tree, bound to `terminal`: whole unless `names` says which commands. */
export async function buildProgram(terminal: Terminal, names = Object.keys(commands)): Promise<Command> {
  const program = new Command('skiff')
    .description('Runs Knative services, Istio routes and events of the current folder on this machine.')
    .addOption(optionOf('state'))
    .addOption(optionOf('json'))
    .addOption(optionOf('debug'))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, outputError: () => {} })
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
  const added = await Promise.all(names.map(name => commands[name]?.()))
  for (const add of added) add?.(program, terminal)
  for (const command of program.commands) command.copyInheritedSettings(program).helpCommand(false)
  return program
}

/** The commands a line may mean; all where that is unclear, or where the answer is about all. */
function namedBy(args: readonly string[]): string[] {
  const all = Object.keys(commands)
  const first = args.find(arg => !arg.startsWith('-')) ?? ''
  return all.includes(first) && first !== 'completion' ? all.filter(name => args.includes(name)) : all
}

/** Runs one command line (without `node` and the script). Resolves with the exit code of contracts: 0, or 1 to 5. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = await buildProgram(terminal, namedBy(args))
    if (args.length === 0)
      throw new SkiffError(`which command? ${program.commands.map(one => one.name()).join(', ')}`, exitCodes.usage)
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if (error instanceof ProgramEnded) return error.exitCode
    const failure = failureOf(error)
    terminal.err(formatFailure(failure, args, terminal))
    return failure.exitCode
  }
}

interface Failure {
  message: string
  exitCode: number
  /** Only of an error nobody foresaw. */
  stack?: string
}

/** What went wrong, for the user: known errors by their sentence, usage errors with where to look. */
function failureOf(error: unknown): Failure {
  if (error instanceof StatusError)
    return { message: `Error from server (${error.reason}): ${error.message}`, exitCode: error.exitCode }
  if (error instanceof SkiffError) return { message: error.message, exitCode: error.exitCode }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
    return { message: `${message}; see: skiff --help`, exitCode: exitCodes.usage }
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { message, exitCode: exitCodes.failed, ...(stack ? { stack } : {}) }
}

function formatFailure({ message, exitCode, stack }: Failure, args: readonly string[], terminal: Terminal): string {
  if (args.includes('--json')) return `${JSON.stringify({ error: { message, exitCode } })}\n`
  const debug = args.includes('--debug') || Boolean(terminal.env.SKIFF_DEBUG)
  return `skiff: ${message}\n${debug && stack ? `${stack}\n` : ''}`
}
