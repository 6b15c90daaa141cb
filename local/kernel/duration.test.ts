import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration, parseIsoDuration, parseQuantity } from './duration.ts'

describe('Go durations', () => {
  it.each([
    ['6s', 6_000],
    ['1m30s', 90_000],
    ['1h0m0s', 3_600_000],
    ['0.5s', 500],
    ['250ms', 250],
    ['-2s', -2_000],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['', '6', 's', '6 s', '6x', '1m30', 'PT6S', '.s'])('%j is none', text =>
    expect(parseDuration(text)).toBeUndefined(),
  )

  it.each([
    [6_000, '6s'],
    [3_600_000, '1h0m0s'],
    [90_500, '1m30.5s'],
    [500, '500ms'],
    [0, '0s'],
  ])('%d ms prints as %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
})

describe('ISO 8601 durations', () => {
  it.each([
    ['PT0.2S', 200],
    ['PT1M', 60_000],
    ['P1DT2H', 93_600_000],
    ['P1W', 604_800_000],
  ])('%s is %d ms', (text, ms) => expect(parseIsoDuration(text)).toBe(ms))

  it.each(['5s', 'P', 'PT', '', 'T5S', 'P1', 'PT-1S'])('%j is none', text =>
    expect(parseIsoDuration(text)).toBeUndefined(),
  )
})

describe('quantities', () => {
  it.each([
    ['400Mi', 419_430_400],
    ['200m', 0.2],
    ['1.5k', 1_500],
    [3, 3],
    ['1e3', 1_000],
    ['2Gi', 2_147_483_648],
  ])('%s is %d', (text, value) => expect(parseQuantity(text)).toBeCloseTo(value))

  it.each(['', 'Mi', '1.2.3', '10MB', '1 Gi'])('%j is none', text => expect(parseQuantity(text)).toBeUndefined())
})
