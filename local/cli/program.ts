// The tree of commands, and how an outcome becomes an exit code and one clear line.
import { Command, CommanderError } from 'commander'
import { exitCodes, SkiffError, StatusError } from '../kernel/errors.ts'
import { type AddCommand, optionOf, ProgramEnded } from './command.ts'
import { addAnalyze } from './commands/analyze.ts'
import { addApply } from './commands/apply.ts'
import { addCompletion } from './commands/completion.ts'
import { addDelete } from './commands/delete.ts'
import { addDown } from './commands/down.ts'
import { addExplain } from './commands/explain.ts'
import { addGet } from './commands/get.ts'
import { addInit } from './commands/init.ts'
import { addLogs } from './commands/logs.ts'
import { addRules } from './commands/rules.ts'
import { addRun } from './commands/run.ts'
import { addStatus } from './commands/status.ts'
import { addUp } from './commands/up.ts'
import { addVersion } from './commands/version.ts'
import type { Terminal } from './terminal.ts'

/** In the order of the help text. */
const commands: readonly AddCommand[] = [
  addUp,
  addDown,
  addStatus,
  addApply,
  addDelete,
  addGet,
  addLogs,
  addRules,
  addRun,
  addExplain,
  addAnalyze,
  addInit,
  addCompletion,
  addVersion,
]

/** The whole command tree, bound to `terminal`. */
export function buildProgram(terminal: Terminal): Command {
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
  for (const add of commands) add(program, terminal)
  for (const command of program.commands) command.copyInheritedSettings(program).helpCommand(false)
  return program
}

/** Runs one command line (without `node` and the script). Resolves with the exit code of contracts: 0, or 1 to 5. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = buildProgram(terminal)
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
