// Every knob of the command line and the runtime, declared once: flag, environment, default, check, and what it does.
import { resolve } from 'node:path'
import { exitCodes, SkiffError } from '../kernel/errors.ts'

/** One knob. `parse` turns text into the value and throws a plain `Error` saying what would be right. */
export interface Knob<T> {
  /** As commander reads it: `--pool <n>`; `--no-…` makes a switch that is on by default. */
  flag: string
  short?: string
  env?: string
  /** What holds when neither flag nor environment is given. */
  default: T
  parse: (text: string) => T
  /** True when the flag may be given several times; the values are then joined by commas. */
  repeatable?: boolean
  /** One line for the help text and the documentation. */
  doc: string
}

const knob = <T>(one: Knob<T>): Knob<T> => one

export const knobs = {
  state: knob<string>({
    flag: '--state <dir>',
    env: 'SKIFF_STATE',
    default: '.skiff',
    parse: nonEmpty,
    doc: 'folder for objects, events, images, logs and the API socket',
  }),
  json: knob<boolean>({
    flag: '--json',
    default: false,
    parse: boolean,
    doc: 'print JSON, and errors as JSON, for programs',
  }),
  detach: knob<boolean>({
    flag: '--detach',
    short: '-d',
    default: false,
    parse: boolean,
    doc: 'run in the background; returns when everything is Ready, or says what is not',
  }),
  apply: knob<boolean>({
    flag: '--no-apply',
    default: true,
    parse: boolean,
    doc: 'boot with the system objects alone and apply no YAML',
  }),
  fresh: knob<boolean>({
    flag: '--fresh',
    default: false,
    parse: boolean,
    doc: 'forget stored objects, events and data, and start from the YAML alone',
  }),
  watch: knob<boolean>({
    flag: '--watch',
    default: false,
    parse: boolean,
    doc: 'repoint the latest revision of a function whose source changed',
  }),
  seed: knob<number | undefined>({
    flag: '--seed <n>',
    env: 'SKIFF_SEED',
    default: undefined,
    parse: wholeNumber(0, 2 ** 32 - 1),
    doc: 'make every draw (splits, faults, names) repeatable',
  }),
  images: knob<string | undefined>({
    flag: '--images <file>',
    env: 'SKIFF_IMAGES',
    default: undefined,
    parse: nonEmpty,
    doc: 'YAML file that maps images to local programs',
  }),
  pool: knob<number>({
    flag: '--pool <n>',
    env: 'SKIFF_POOL',
    default: 2,
    parse: wholeNumber(0, 64),
    doc: 'booted processes kept ready for cold starts',
  }),
  gatewayPort: knob<Record<number, number>>({
    flag: '--gateway-port <n=m>',
    env: 'SKIFF_GATEWAY_PORT',
    default: {},
    parse: portMap,
    repeatable: true,
    doc: 'serve gateway port N on local port M, such as 80=9080; may be repeated',
  }),
  debug: knob<boolean>({
    flag: '--debug',
    env: 'SKIFF_DEBUG',
    default: false,
    parse: boolean,
    doc: 'show the stack of an unexpected error',
  }),
} as const

export type KnobName = keyof typeof knobs

/** The values of all knobs: flags win over the environment, the environment over the default. */
export type Settings = { [Name in KnobName]: (typeof knobs)[Name]['default'] }

/**
 * Reads every knob. `flags` are as commander gives them: text, or true and false for switches.
 * Throws a usage error (exit code 2) that names the flag or variable and what would be right.
 */
export function readSettings(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): Settings {
  const values = Object.entries<Knob<unknown>>(knobs).map(([name, one]) => [name, readKnob(one, flags[name], env)])
  return Object.fromEntries(values) as Settings
}

function readKnob<T>(one: Knob<T>, flag: unknown, env: NodeJS.ProcessEnv): T {
  const switchedByDefault = one.flag.startsWith('--no-') && flag === true
  if (flag !== undefined && !switchedByDefault) return parseAs(one, one.flag.split(' ')[0] ?? one.flag, String(flag))
  const variable = one.env === undefined ? undefined : env[one.env]
  return variable ? parseAs(one, one.env ?? '', variable) : one.default
}

function parseAs<T>(one: Knob<T>, source: string, text: string): T {
  try {
    return one.parse(text)
  } catch (error) {
    throw new SkiffError(`${source}: ${(error as Error).message}, got "${text}"`, exitCodes.usage)
  }
}

/** The folder that holds the state of the runtime meant, absolute. */
export function stateFolderOf(settings: Settings, cwd: string): string {
  return resolve(cwd, settings.state)
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new Error('must not be empty')
  return text
}

function boolean(text: string): boolean {
  if (/^(1|true|yes)$/i.test(text)) return true
  if (/^(0|false|no)$/i.test(text)) return false
  throw new Error('must be true or false')
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new Error(`must be a whole number from ${least} to ${most}`)
    return value
  }
}

function portMap(text: string): Record<number, number> {
  const pairs = text.split(',').map(pair => {
    const [, gateway, local] = /^(\d+)=(\d+)$/.exec(pair.trim()) ?? []
    if (!isPort(Number(gateway), 1) || !isPort(Number(local), 0))
      throw new Error('must be GATEWAY=LOCAL, such as 80=9080')
    return [Number(gateway), Number(local)] as const
  })
  return Object.fromEntries(pairs)
}

function isPort(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= 65_535
}
