// ConfigMap config-gc: which revisions without traffic are kept, and for how long.

import { parseDuration } from '../../../kernel/duration.ts'
import { ConfigError, type ConfigKey, type ConfigValues, integerOf, readKeys } from './keys.ts'

/** Milliseconds; undefined when disabled. */
function retention(text: string): number | undefined {
  if (text.toLowerCase() === 'disabled') return undefined
  const ms = parseDuration(text)
  if (ms === undefined || ms < 0) throw new Error(`"${text}" is neither a duration such as 48h nor disabled`)
  return ms
}

function countOrDisabled(text: string): number | undefined {
  return text.toLowerCase() === 'disabled' ? undefined : integerOf(0)(text)
}

const hour = 3_600_000

export const gcKeys = {
  retainSinceCreateMs: {
    key: 'retain-since-create-time',
    default: 48 * hour,
    parse: retention,
    doc: 'a revision younger than this is not stale',
  } as ConfigKey<number | undefined>,
  retainSinceActiveMs: {
    key: 'retain-since-last-active-time',
    default: 15 * hour,
    parse: retention,
    doc: 'a revision that had traffic this recently is not stale',
  } as ConfigKey<number | undefined>,
  minNonActive: {
    key: 'min-non-active-revisions',
    default: 20,
    parse: integerOf(0),
    doc: 'so many revisions without traffic are kept, however stale',
  },
  maxNonActive: {
    key: 'max-non-active-revisions',
    default: 1000,
    parse: countOrDisabled,
    doc: 'the oldest revisions without traffic beyond this many go, stale or not',
  } as ConfigKey<number | undefined>,
}

export type GcConfig = ConfigValues<typeof gcKeys>

/** Reads config-gc; throws when a value cannot be read or the minimum is above the maximum. */
export function readGc(data: Record<string, string>): GcConfig {
  const config = readKeys(gcKeys, data)
  const { minNonActive: min, maxNonActive: max } = config
  if (max !== undefined && min > max) {
    const message = `${min} must not be above max-non-active-revisions (${max})`
    throw new ConfigError([{ key: 'min-non-active-revisions', message }])
  }
  return config
}
