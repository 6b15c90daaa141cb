import { describe, expect, it } from 'vitest'
import { ledger, type Outcome } from './ledger.ts'
import { report } from './report.ts'
import { reportHtml } from './report-html.ts'
import { reportText } from './report-text.ts'

const good: Outcome = { latencyMs: 10, status: 200, revision: 'a-00001', bytes: 100 }

function reportOf(outcomes: readonly Outcome[], over = {}) {
  const book = ledger()
  for (const [index, outcome] of outcomes.entries()) book.record(outcome, index * 400)
  book.close()
  const profile = {
    ...{ name: 'p', about: 'a test', host: 'a.example', requests: [{ path: '/' }] as const },
    model: { kind: 'closed', workers: 2 } as const,
    ...{ limit: { requests: 4 }, thresholds: { p99: 50, errors: { count: 0 } } },
  }
  const startedAt = new Date('2026-01-02T03:04:05Z')
  const run = { profile, target: 'http://127.0.0.1:1', host: 'a.example', startedAt, seconds: 2, interrupted: false }
  return report({ ...run, ledger: book, ...over })
}

const mixed = [
  good,
  { ...good, revision: 'a-00002', latencyMs: 20 },
  { ...good, status: 503, revision: '', error: 'status 503 instead of 200' },
  { ...good, status: 0, revision: '', error: 'connection refused', bytes: 0 },
]

describe('the report', () => {
  it('has percentiles by revision and by status, and errors by kind', () => {
    const shown = reportOf(mixed)
    expect(shown).toMatchObject({ requests: 4, errors: 2, perSecond: 2, bytes: 300, passed: false })
    expect(shown.revisions.map(({ name, requests, errors, p99 }) => [name, requests, errors, p99])).toEqual([
      ['–', 2, 2, 10],
      ['a-00001', 1, 0, 10],
      ['a-00002', 1, 0, 20],
    ])
    expect(shown.statuses.map(({ name, requests }) => [name, requests])).toEqual([
      ['200', 2],
      ['503', 1],
      ['none', 1],
    ])
    expect(shown.errorKinds).toHaveLength(2)
    expect(shown.timeline.map(({ requests }) => requests)).toEqual([3, 1])
  })

  it('passes by its thresholds alone', () => {
    expect(reportOf([good]).passed).toBe(true)
    expect(reportOf([{ ...good, latencyMs: 51 }]).passed).toBe(false)
  })

  it('of nothing is JSON without gaps, and no success', () => {
    const shown = reportOf([])
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown)
    expect(shown).toMatchObject({ requests: 0, latency: { p99: 0 }, distribution: [], passed: false })
  })
})

describe('as text', () => {
  it('tells everything once, in columns', () => {
    const text = reportText(reportOf(mixed))
    expect(text).toContain('http://127.0.0.1:1, Host a.example; closed model, 2 workers, 4 requests')
    expect(text).toMatch(/^a-00002 +1 +0 +20 ms/m)
    expect(text).toMatch(/ {6}1 {2}connection refused/)
    expect(text).toContain('✗ errors 2 (50 %), at most 0')
    expect(text).toContain('✓ p99 20 ms, at most 50 ms')
  })

  it('says that it was ended early', () => {
    expect(reportText(reportOf([good], { interrupted: true }))).toContain('; ended early')
  })
})

describe('as a page', () => {
  it.each([
    ['of a run', mixed],
    ['of nothing', []],
  ])('%s is well formed, and asks no other file', (_, outcomes) => {
    const html = reportHtml(reportOf(outcomes))
    expect(openElements(html)).toEqual([])
    expect(html).not.toMatch(/NaN|undefined|<script|src=|@import|url\(/)
    expect(html.match(/<svg/g)).toHaveLength(3)
  })

  it('shows what others wrote as text', () => {
    const html = reportHtml(reportOf([{ ...good, revision: '<img onerror=x>', error: '<b>&' }]))
    expect(html).toContain('&lt;img onerror=x&gt;')
    expect(html).not.toMatch(/<img|<b>/)
  })
})

const withoutEnd = new Set(['meta', '!doctype', 'line'])

/** Elements that were opened and not closed in the right order. */
function openElements(html: string): string[] {
  const open: string[] = []
  for (const [, slash, name = '', rest = ''] of html.matchAll(/<(\/?)([!a-z0-9]+)([^>]*)>/gi)) {
    if (slash) {
      if (open.pop() !== name) return [`</${name}> closes another`]
    } else if (!withoutEnd.has(name) && !rest.endsWith('/')) open.push(name)
  }
  return open
}
