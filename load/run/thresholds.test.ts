import { describe, expect, it } from 'vitest'
import { judge, parseErrors, parseMilliseconds } from './thresholds.ts'

it.each([
  ['250', 250],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['0', 0],
  ['', undefined],
  ['-1', undefined],
  ['5m', undefined],
  ['1e3', undefined],
])('a time of "%s" is %j ms', (text, wanted) => expect(parseMilliseconds(text)).toBe(wanted))

it.each([
  ['0', { count: 0 }],
  ['12', { count: 12 }],
  ['0.5%', { share: 0.005 }],
  ['100%', { share: 1 }],
  ['101%', undefined],
  ['1.5', undefined],
  ['some', undefined],
])('errors of "%s" are %j', (text, wanted) => expect(parseErrors(text)).toEqual(wanted))

describe('a run is good enough', () => {
  const limits = { p99: 100, errors: { count: 2 } }
  const missed = (judged: Parameters<typeof judge>[0], over = {}) =>
    judge(judged, { ...limits, ...over }).flatMap(({ what, met }) => (met ? [] : [what]))

  it.each([
    ['at its limits', { requests: 100, errors: 2, p99: 100 }, {}, []],
    ['with an error more: not', { requests: 100, errors: 3, p99: 1 }, {}, ['errors']],
    ['slower: not', { requests: 100, errors: 0, p99: 100.1 }, {}, ['p99']],
    ['with a share of errors', { requests: 1_000, errors: 10, p99: 1 }, { errors: { share: 0.01 } }, []],
    ['with a larger share: not', { requests: 1_000, errors: 11, p99: 1 }, { errors: { share: 0.01 } }, ['errors']],
    ['without a request: not', { requests: 0, errors: 0, p99: Number.NaN }, {}, ['requests']],
  ])('%s', (_, judged, over, wanted) => expect(missed(judged, over)).toEqual(wanted))

  it('says what was measured beside the limit', () => {
    expect(judge({ requests: 200, errors: 3, p99: 12.345 }, { p99: 250, errors: { share: 0.01 } })).toEqual([
      { what: 'errors', limit: 'at most 1 %', measured: '3 (1.5 %)', met: false },
      { what: 'p99', limit: 'at most 250 ms', measured: '12.3 ms', met: true },
    ])
  })
})
