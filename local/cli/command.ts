// What every command of the command line shares: its settings, the runtime it speaks to, and how it prints.
import { type Command, Option } from 'commander'
import { type ApiClient, apiClient } from './client/api-client.ts'
import { type Knob, type KnobName, knobs, readSettings, type Settings, stateFolderOf } from './options.ts'
import type { Terminal } from './terminal.ts'

/** What an action of a command gets. */
export interface CommandContext {
  terminal: Terminal
  settings: Settings
  /** Absolute. */
  stateDir: string
  api: ApiClient
  /** Prints `value` as JSON with `--json`, else the text. */
  print(value: unknown, text: () => string): void
}

/** Adds one command to the tree. One file a command; program.ts lists them. */
export type AddCommand = (program: Command, terminal: Terminal) => void

/** Thrown by a command whose exit code is that of the program it ran: nothing more is said about it. */
export class ProgramEnded extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`the program ended with ${exitCode}`)
    this.name = 'ProgramEnded'
    this.exitCode = exitCode
  }
}

/** The option of a knob, for the commands that know it. */
export function optionOf(name: KnobName): Option {
  const one: Knob<unknown> = knobs[name]
  const option = new Option(one.short ? `${one.short}, ${one.flag}` : one.flag, describe(one))
  return one.repeatable ? option.argParser((text, before?: string) => (before ? `${before},${text}` : text)) : option
}

function describe(one: Knob<unknown>): string {
  const shown = typeof one.default === 'string' || typeof one.default === 'number' ? `default ${one.default}` : ''
  const notes = [shown, one.env ? `or ${one.env}` : ''].filter(Boolean)
  return notes.length > 0 ? `${one.doc} (${notes.join('; ')})` : one.doc
}

/** The context of a command that runs now. Throws a usage error when a flag or variable does not parse. */
export function contextOf(command: Command, terminal: Terminal): CommandContext {
  const settings = readSettings(knownFlags(command), terminal.env)
  const stateDir = stateFolderOf(settings, terminal.cwd)
  return {
    terminal,
    settings,
    stateDir,
    api: apiClient(stateDir),
    print: (value, text) => terminal.out(settings.json ? `${JSON.stringify(value, null, 2)}\n` : text()),
  }
}

/** Flags the user gave, by knob: commander's own defaults count as not given. */
function knownFlags(command: Command): Record<string, unknown> {
  const given = command.optsWithGlobals()
  const isGiven = (name: string) => {
    const source = command.getOptionValueSourceWithGlobals(name)
    return source !== undefined && source !== 'default'
  }
  return Object.fromEntries(Object.entries(given).filter(([name]) => isGiven(name)))
}

/** A positional list as one array, for `.action` callbacks whose last argument is the command. */
export function commandOf(args: unknown[]): Command {
  return args.at(-1) as Command
}
