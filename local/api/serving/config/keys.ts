// ConfigMaps as tables of keys: each key declared once with its default, how it is read, and what it means.
import { messageOf } from '../../../kernel/errors.ts'

/** One key of a ConfigMap. `parse` throws an Error whose message says what would be right. */
export interface ConfigKey<T> {
  key: string
  /** A former spelling that is still read; the new one wins. */
  formerly?: string
  default: T
  parse(text: string): T
  doc: string
}

export type ConfigKeys = Record<string, ConfigKey<unknown>>

export type ConfigValues<Keys extends ConfigKeys> = {
  [Name in keyof Keys]: Keys[Name] extends ConfigKey<infer Value> ? Value : never
}

/** A value that cannot be read or taken: its key, and what would be right. */
export interface ConfigFlaw {
  key: string
  message: string
}

/** Everything that is wrong with a ConfigMap's data; the message names each key on a line of its own. */
export class ConfigError extends Error {
  readonly flaws: readonly ConfigFlaw[]

  constructor(flaws: readonly ConfigFlaw[]) {
    super(flaws.map(({ key, message }) => `${key}: ${message}`).join('\n'))
    this.name = 'ConfigError'
    this.flaws = flaws
  }
}

/**
 * Reads every key of a ConfigMap's data; keys it does not know, such as `_example`, are left alone.
 * Throws a `ConfigError` with all values that cannot be read.
 */
export function readKeys<Keys extends ConfigKeys>(keys: Keys, data: Record<string, string>): ConfigValues<Keys> {
  const flaws: ConfigFlaw[] = []
  const values = Object.entries(keys).map(([name, key]) => [name, readKey(key, data, flaws)])
  if (flaws.length > 0) throw new ConfigError(flaws)
  return Object.fromEntries(values) as ConfigValues<Keys>
}

function readKey(key: ConfigKey<unknown>, data: Record<string, string>, flaws: ConfigFlaw[]): unknown {
  const name = data[key.key] === undefined && key.formerly ? key.formerly : key.key
  const text = data[name]
  if (text === undefined) return key.default
  try {
    return key.parse(text.trim())
  } catch (error) {
    flaws.push({ key: name, message: messageOf(error) })
    return key.default
  }
}

/** A whole number of at least `least`. */
export const integerOf =
  (least = Number.MIN_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text) || value < least) throw new Error(`"${text}" is no whole number of at least ${least}`)
    return value
  }

/** `true` or `false`, in the spellings Go reads. */
export function booleanOf(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  throw new Error(`"${text}" is neither true nor false`)
}

/** One of `choices`, compared without case. */
export const oneOf =
  <const Choice extends string>(...choices: Choice[]) =>
  (text: string): Choice => {
    const found = choices.find(choice => choice.toLowerCase() === text.toLowerCase())
    if (!found) throw new Error(`"${text}" is none of ${choices.join(', ')}`)
    return found
  }

/** The text itself. */
export const textOf = (text: string): string => text
