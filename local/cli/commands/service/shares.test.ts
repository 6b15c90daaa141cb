// Shares of traffic: whatever is moved, the whole stays a hundred and tags stay where they are.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proportional, type Target, trafficForNew, trafficWith } from './shares.ts'

const old = (percent: number, tag?: string): Target => ({ revisionName: 's-1', percent, ...(tag ? { tag } : {}) })
const newest = (percent: number, tag?: string): Target => ({
  ...{ latestRevision: true, revisionName: 's-2', percent },
  ...(tag ? { tag } : {}),
})

describe('proportions', () => {
  it('add up to the total, each within one of its exact share', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 100 }), (given, total) => {
        const shares = proportional(given, total)
        const sum = given.reduce((all, one) => all + one, 0)
        const fair = shares.every((one, index) => sum === 0 || Math.abs(one - ((given[index] ?? 0) * total) / sum) < 1)
        return shares.reduce((all, one) => all + one, 0) === total && fair
      }),
    )
  })
})

describe('a new revision', () => {
  const rows: [sentence: string, now: Target[], asked: { percent?: number; tag?: string }, wanted: object[]][] = [
    [
      'takes its share from the one before, which is held',
      [{ latestRevision: true, revisionName: 's-1', percent: 100 }],
      { percent: 10 },
      [
        { revisionName: 's-1', percent: 90 },
        { latestRevision: true, percent: 10 },
      ],
    ],
    [
      'leaves the others in proportion',
      [old(60), { revisionName: 's-0', percent: 40 }],
      { percent: 50, tag: 'canary' },
      [
        { revisionName: 's-1', percent: 30 },
        { revisionName: 's-0', percent: 20 },
        { latestRevision: true, percent: 50, tag: 'canary' },
      ],
    ],
    [
      'takes everything; who has a tag stays for it',
      [old(80, 'prod'), { revisionName: 's-0', percent: 20 }],
      { percent: 100 },
      [
        { revisionName: 's-1', percent: 0, tag: 'prod' },
        { latestRevision: true, percent: 100 },
      ],
    ],
    [
      'takes the tag from who had it',
      [old(100, 'canary')],
      { percent: 5, tag: 'canary' },
      [
        { revisionName: 's-1', percent: 95 },
        { latestRevision: true, percent: 5, tag: 'canary' },
      ],
    ],
    ['without a share follows what is there', [newest(100)], {}, [{ latestRevision: true, percent: 100 }]],
    ['without a share leaves held ones alone', [old(100)], {}, [{ revisionName: 's-1', percent: 100 }]],
    [
      'with a tag alone gets no traffic where all is held',
      [old(100)],
      { tag: 'try' },
      [
        { revisionName: 's-1', percent: 100 },
        { latestRevision: true, percent: 0, tag: 'try' },
      ],
    ],
    [
      'with a tag alone keeps the share of the latest',
      [newest(100)],
      { tag: 'try' },
      [{ latestRevision: true, percent: 100, tag: 'try' }],
    ],
  ]
  it.for(rows)('%s', ([, now, asked, wanted]) => {
    expect(trafficForNew(now, asked)).toEqual(wanted)
  })
})

describe('shares that are set', () => {
  it.each([
    [
      'one gives to the other',
      [old(80), newest(20)],
      [{ latestRevision: true as const, percent: 50 }],
      [old(50), { latestRevision: true, percent: 50 }],
    ],
    ['all to one drops the other', [old(80), newest(20)], [{ revisionName: 's-1', percent: 100 }], [old(100)]],
    [
      'a tag keeps its place',
      [old(80), newest(20, 'c')],
      [{ revisionName: 's-1', percent: 100 }],
      [old(100), { latestRevision: true, percent: 0, tag: 'c' }],
    ],
    [
      'a revision that had none comes in',
      [old(100)],
      [{ revisionName: 's-0', percent: 10 }],
      [old(90), { revisionName: 's-0', percent: 10 }],
    ],
    [
      'who is named by its revision stays with it',
      [old(50), newest(50)],
      [{ revisionName: 's-2', percent: 70 }],
      [old(30), { revisionName: 's-2', percent: 70 }],
    ],
    [
      'a revision listed twice gets its share once',
      [old(50), old(50, 'p')],
      [{ revisionName: 's-1', percent: 100 }],
      [old(100), old(0, 'p')],
    ],
  ])('%s', (_, now, shares, wanted) => {
    expect(trafficWith(now, shares)).toEqual(wanted)
  })

  it.each([
    [
      'more than everything',
      [
        { revisionName: 's-1', percent: 80 },
        { revisionName: 's-2', percent: 30 },
      ],
      'add up to 110',
    ],
    ['less, with nobody left', [{ revisionName: 's-1', percent: 30 }], 'nobody takes the rest'],
  ])('are refused when they are %s', (_, shares, sentence) => {
    expect(() => trafficWith([old(100)], shares)).toThrow(sentence)
  })
})
