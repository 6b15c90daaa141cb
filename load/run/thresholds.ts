// What is good enough: read from the command line, and held against what was measured.
import type { Thresholds } from './profile.ts'

export interface Verdict {
  what: string
  limit: string
  measured: string
  met: boolean
}

/** `250`, `250ms`, `1.5s`: milliseconds. Undefined for anything else. */
export function parseMilliseconds(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits) * (unit === 's' ? 1_000 : 1)
}

/** `12`, `0.5%`. Undefined for anything else. */
export function parseErrors(text: string): Thresholds['errors'] | undefined {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? []
  if (digits === undefined || (!percent && digits.includes('.')) || (percent && Number(digits) > 100)) return undefined
  return percent ? { share: Number(digits) / 100 } : { count: Number(digits) }
}

export interface Judged {
  requests: number
  errors: number
  /** Milliseconds; NaN when nothing was measured. */
  p99: number
}

/** One verdict a threshold; a run that measured nothing was not good enough. */
export function judge({ requests, errors, p99 }: Judged, limits: Thresholds): Verdict[] {
  if (requests === 0) return [{ what: 'requests', limit: 'at least 1', measured: '0', met: false }]
  const most = 'count' in limits.errors ? limits.errors.count : limits.errors.share * requests
  const errorLimit = 'count' in limits.errors ? `${limits.errors.count}` : `${round(limits.errors.share * 100)} %`
  const share = `${round((errors / requests) * 100)} %`
  return [
    { what: 'errors', limit: `at most ${errorLimit}`, measured: `${errors} (${share})`, met: errors <= most },
    { what: 'p99', limit: `at most ${round(limits.p99)} ms`, measured: `${round(p99)} ms`, met: p99 <= limits.p99 },
  ]
}

const round = (value: number) => Number(value.toPrecision(3))
