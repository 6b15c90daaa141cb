// The words of `npm run load`, read into what is to be done.
import { parseArgs } from 'node:util'
import type { Limit, Model, Profile, Thresholds } from './profile.ts'
import { LoadFailure } from './target.ts'
import { parseErrors, parseMilliseconds } from './thresholds.ts'

export interface Wanted {
  /** With what the command line changes of it. */
  profile: Profile
  host: string
  /** As the user names it; undefined for the system that runs here. */
  target: string | undefined
  stateDir: string
  insecure: boolean
  timeoutMs: number
  seed: number | undefined
  json: boolean
  /** Where the page goes. */
  out: string | undefined
}

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const options = {
  ...{ target: text, host: text, state: text, out: text, timeout: text, seed: text },
  ...{ workers: text, rate: text, requests: text, duration: text, 'max-p99': text, 'max-errors': text },
  ...{ random: flag, insecure: flag, json: flag, help: { ...flag, short: 'h' } },
} as const

type Values = ReturnType<typeof parse>['values']

/** Undefined when help is wanted. Throws `LoadFailure` of exit code 2 for what cannot be. */
export function readCommandLine(
  words: readonly string[],
  env: Record<string, string | undefined>,
  profiles: ReadonlyMap<string, Profile>,
): Wanted | undefined {
  checkKeptByNpm(words, env)
  const { values, positionals } = parse(words)
  if (values.help || (positionals.length === 0 && words.length === 0)) return undefined
  const [name = '', ...rest] = positionals
  const found = profiles.get(name)
  if (!found || rest.length > 0) {
    const what = rest.length > 0 ? `one profile at a time, not ${positionals.length}` : `no profile "${name}"`
    throw new LoadFailure(`${what}; there are: ${[...profiles.keys()].join(', ')}`, 2)
  }
  return {
    ...{ profile: changed(found, values), host: values.host ?? found.host, target: values.target, out: values.out },
    stateDir: values.state ?? env.SKIFF_STATE ?? '.skiff',
    ...{ insecure: values.insecure, json: values.json },
    timeoutMs: (positive('timeout', values.timeout) ?? 30) * 1_000,
    seed: positive('seed', values.seed),
  }
}

/** `npm run load NAME --rate 5` without `--` before the options: npm keeps them, and the run would be another one. */
function checkKeptByNpm(words: readonly string[], env: Record<string, string | undefined>): void {
  if (env.npm_lifecycle_event !== 'load' || words.some(word => word.startsWith('-'))) return
  const kept = Object.keys(options).find(name => env[`npm_config_${name.replaceAll('-', '_')}`])
  if (kept)
    throw new LoadFailure(
      `npm kept --${kept} for itself: write npm run load ${words[0] ?? 'PROFILE'} -- --${kept} …`,
      2,
    )
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    throw new LoadFailure(error instanceof Error ? error.message : String(error), 2)
  }
}

function changed(profile: Profile, values: Values): Profile {
  return {
    ...profile,
    model: modelOf(profile.model, values),
    limit: limitOf(profile.limit, values),
    thresholds: thresholdsOf(profile.thresholds, values),
  }
}

/** `--workers` makes it the closed model, `--rate` the open one. */
function modelOf(model: Model, values: Values): Model {
  const workers = whole('workers', values.workers)
  const perSecond = positive('rate', values.rate)
  if (workers !== undefined && perSecond !== undefined)
    throw new LoadFailure('--workers is the closed model and --rate the open one: give one of them', 2)
  if (workers !== undefined) return { ...(model.kind === 'closed' ? model : {}), kind: 'closed', workers }
  const open: Model = perSecond === undefined ? model : { kind: 'open', perSecond }
  if (!values.random) return open
  if (open.kind === 'closed') throw new LoadFailure('--random is of the open model: give --rate too', 2)
  return { ...open, arrivals: 'random' }
}

/** What is given replaces the profile's own limit whole. */
function limitOf(limit: Limit, values: Values): Limit {
  const requests = whole('requests', values.requests)
  const seconds = positive('duration', values.duration)
  if (requests === undefined && seconds === undefined) return limit
  return { ...(requests === undefined ? {} : { requests }), ...(seconds === undefined ? {} : { seconds }) }
}

function thresholdsOf(own: Thresholds, values: Values): Thresholds {
  const [p99, errors] = [values['max-p99'], values['max-errors']]
  return {
    p99: p99 === undefined ? own.p99 : must('max-p99', p99, parseMilliseconds(p99), 'such as 250ms or 1.5s'),
    errors: errors === undefined ? own.errors : must('max-errors', errors, parseErrors(errors), 'such as 0 or 0.5%'),
  }
}

function positive(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : 0
  return must(option, given, value > 0 ? value : undefined, 'a number above 0')
}

function whole(option: string, given: string | undefined): number | undefined {
  const value = positive(option, given)
  return value === undefined || Number.isSafeInteger(value) ? value : must(option, given, undefined, 'a whole number')
}

function must<T>(option: string, given: string | undefined, value: T | undefined, right: string): T {
  if (value !== undefined) return value
  throw new LoadFailure(`--${option} is "${given}", it should be ${right}`, 2)
}
