// Counts what came of requests: latencies in all, by revision and by status, errors by kind, and second by second.
import { type Histogram, histogram } from './histogram.ts'

export interface Outcome {
  /** Milliseconds from the time the request was due to the end of its answer. */
  latencyMs: number
  /** 0 when no answer came. */
  status: number
  /** What the answer's x-revision says; empty when it says nothing. */
  revision: string
  bytes: number
  /** What is wrong with it, in words that are the same for errors of one kind. */
  error?: string
}

export interface Group {
  errors: number
  latency: Histogram
}

/** What ended within one second of the run. Milliseconds; NaN where nothing ended. */
export interface Second {
  requests: number
  errors: number
  p50: number
  p99: number
}

export interface Ledger {
  total: Group
  bytes: number
  revisions: Map<string, Group>
  statuses: Map<number, Group>
  errors: Map<string, number>
  seconds: Second[]
  /** Takes in what ended `atMs` milliseconds after the start; calls come in the order of time. */
  record(outcome: Outcome, atMs: number): void
  /** Writes the last second down. */
  close(): void
}

/** Names come from answers: whatever is beyond so many is counted together. */
const mostGroups = 100
const others = 'others'

export function ledger(): Ledger {
  let current = group()
  const total = group()
  const writeDown = () => {
    const { latency, errors } = current
    book.seconds.push({ requests: latency.count, errors, p50: latency.percentile(0.5), p99: latency.percentile(0.99) })
    current = group()
  }
  const book: Ledger = {
    ...{ total, bytes: 0, revisions: new Map(), statuses: new Map(), errors: new Map(), seconds: [] },
    record(outcome, atMs) {
      for (let second = Math.floor(atMs / 1_000); book.seconds.length < second; ) writeDown()
      const revision = within(book.revisions, outcome.revision || '–', others)
      for (const each of [total, current, groupOf(book.revisions, revision), groupOf(book.statuses, outcome.status)]) {
        each.latency.record(outcome.latencyMs)
        if (outcome.error !== undefined) each.errors++
      }
      if (outcome.error !== undefined) {
        const kind = within(book.errors, outcome.error, others)
        book.errors.set(kind, (book.errors.get(kind) ?? 0) + 1)
      }
      book.bytes += outcome.bytes
    },
    close() {
      if (current.latency.count > 0) writeDown()
    },
  }
  return book
}

const group = (): Group => ({ errors: 0, latency: histogram() })

function groupOf<K>(groups: Map<K, Group>, key: K): Group {
  const found = groups.get(key) ?? group()
  groups.set(key, found)
  return found
}

function within<K>(known: ReadonlyMap<K, unknown>, key: K, rest: K): K {
  return known.has(key) || known.size < mostGroups ? key : rest
}
