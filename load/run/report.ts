// What a run has shown, as plain data: the JSON of `--json`, and what text and page are made of.
import type { Group, Ledger } from './ledger.ts'
import { limitText, modelText, type Profile } from './profile.ts'
import { judge, type Verdict } from './thresholds.ts'

/** Milliseconds. */
export interface Latency {
  mean: number
  p50: number
  p90: number
  p99: number
  p999: number
  max: number
}

export interface Row extends Latency {
  name: string
  requests: number
  errors: number
}

export interface Report {
  profile: string
  about: string
  target: string
  host: string
  model: string
  limit: string
  /** RFC 3339. */
  startedAt: string
  seconds: number
  /** It was ended before its limit. */
  interrupted: boolean
  requests: number
  errors: number
  perSecond: number
  /** Of bodies. */
  bytes: number
  latency: Latency
  /** By the x-revision of the answer. */
  revisions: Row[]
  statuses: Row[]
  /** The most frequent first. */
  errorKinds: { kind: string; count: number }[]
  /** By the second in which requests ended; latencies null where none did. */
  timeline: { requests: number; errors: number; p50: number | null; p99: number | null }[]
  /** The latency below which so many percent lie. */
  distribution: { percent: number; ms: number }[]
  thresholds: Verdict[]
  passed: boolean
}

export interface Run {
  profile: Profile
  target: string
  host: string
  startedAt: Date
  seconds: number
  interrupted: boolean
  ledger: Ledger
}

const percents = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100]

export function report(run: Run): Report {
  const { profile, ledger, seconds } = run
  const { latency, errors } = ledger.total
  const requests = latency.count
  const thresholds = judge({ requests, errors, p99: latency.percentile(0.99) }, profile.thresholds)
  return {
    ...{ profile: profile.name, about: profile.about, target: run.target, host: run.host },
    ...{ model: modelText(profile.model), limit: limitText(profile.limit), startedAt: run.startedAt.toISOString() },
    ...{ seconds: rounded(seconds), interrupted: run.interrupted, requests, errors, bytes: ledger.bytes },
    perSecond: seconds > 0 ? rounded(requests / seconds) : 0,
    latency: latencyOf(ledger.total),
    revisions: rows(ledger.revisions),
    statuses: rows(
      new Map([...ledger.statuses].map(([status, group]) => [status === 0 ? 'none' : `${status}`, group])),
    ),
    errorKinds: [...ledger.errors].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count),
    timeline: ledger.seconds.map(({ p50, p99, ...counts }) => ({ ...counts, p50: orNull(p50), p99: orNull(p99) })),
    distribution:
      requests === 0 ? [] : percents.map(percent => ({ percent, ms: rounded(latency.percentile(percent / 100)) })),
    thresholds,
    passed: thresholds.every(({ met }) => met),
  }
}

function rows(groups: ReadonlyMap<string, Group>): Row[] {
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, group]) => ({ name, requests: group.latency.count, errors: group.errors, ...latencyOf(group) }))
}

function latencyOf({ latency }: Group): Latency {
  const at = (share: number) => rounded(latency.percentile(share))
  const [mean, max] = [rounded(latency.mean), rounded(latency.max)]
  return { mean, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max }
}

/** JSON has no NaN: without a request a latency is 0. */
const rounded = (value: number) => (Number.isNaN(value) ? 0 : Number(value.toPrecision(4)))

const orNull = (value: number) => (Number.isNaN(value) ? null : rounded(value))
