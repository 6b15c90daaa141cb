import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Activity,
  activeCondition,
  activeThreshold,
  nextActivity,
  planScale,
  type Standing,
  startingScale,
} from './activity.ts'
import { specWith } from './fixture.ts'

const standing = (status: Activity['status'], since = 0, proxiedSince: number | undefined = -1e9): Standing => ({
  activity: { status, since, timedOut: false },
  initialized: true,
  proxiedSince,
})

describe('a plan', () => {
  it('applies what was decided within the bounds', () => {
    const spec = specWith({ 'min-scale': '2', 'max-scale': '5' })
    const want = (desired: number) => planScale(spec, standing('True'), desired, 0).want
    expect([want(0), want(1), want(3), want(9)]).toEqual([2, 2, 3, 5])
  })

  it('ignores min-scale of an unreachable revision', () => {
    const spec = specWith({ 'min-scale': '2' }, {}, { reachability: 'Unreachable' })
    expect(planScale(spec, standing('False'), 0, 1e6)).toMatchObject({ want: 0, apply: true })
  })

  it('keeps the initial scale until it was reached', () => {
    const spec = specWith({ 'initial-scale': '4' })
    expect(planScale(spec, { ...standing('Unknown'), initialized: false }, 1, 0)).toEqual({ want: 4, apply: true })
    expect(planScale(spec, standing('True'), 1, 0)).toEqual({ want: 1, apply: true })
  })

  it('does nothing before the first decision of an active revision', () => {
    expect(planScale(specWith(), standing('True'), -1, 0)).toEqual({ want: -1, apply: false })
  })
})

describe('scale to zero', () => {
  it('keeps one instance for the rest of the stable window since the revision became active', () => {
    expect(planScale(specWith(), standing('True'), 0, 20_000)).toEqual({ want: 1, apply: true, againAfterMs: 40_000 })
  })

  it('then turns inactive first and keeps the instance', () => {
    expect(planScale(specWith(), standing('True'), 0, 60_000)).toMatchObject({ want: 0, apply: false })
  })

  it('applies zero at once when the activator has been in the path for the grace period', () => {
    expect(planScale(specWith(), standing('False', 0, -30_000), 0, 1)).toEqual({ want: 0, apply: true })
  })

  it('waits for the rest of the grace period when the activator came into the path only now', () => {
    expect(planScale(specWith(), standing('False', 0, 0), 0, 10_000)).toEqual({
      want: 0,
      apply: false,
      againAfterMs: 20_000,
    })
  })

  it('waits for the retention period of the last instance', () => {
    const spec = specWith({ 'scale-to-zero-pod-retention-period': '2m' })
    expect(planScale(spec, standing('False'), 0, 50_000)).toEqual({ want: 0, apply: false, againAfterMs: 70_000 })
    expect(planScale(spec, standing('False'), 0, 120_000)).toEqual({ want: 0, apply: true })
  })

  it('gives up an activation half a minute after the progress deadline', () => {
    expect(planScale(specWith(), standing('Unknown'), 0, 630_000)).toMatchObject({ want: -1, apply: false })
    expect(planScale(specWith(), standing('Unknown'), 0, 630_001)).toEqual({ want: 0, apply: true })
  })

  it('stops at one instance when it is disabled', () => {
    const spec = specWith({}, { 'enable-scale-to-zero': 'false' })
    expect(planScale(spec, standing('False'), 0, 1e6)).toEqual({ want: 1, apply: true })
  })

  it('never comes before the window of an active revision is over', () => {
    fc.assert(
      fc.property(fc.nat(59_999), fc.nat(5), (now, desired) => {
        const plan = planScale(specWith(), standing('True'), desired, now)
        expect(plan.want).toBeGreaterThan(0)
      }),
    )
  })
})

describe('any plan that is applied', () => {
  it('lies within min and max', () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.nat(30),
        fc.constantFrom('True', 'False', 'Unknown'),
        (low, more, desired, status) => {
          const max = low + more
          const spec = specWith({ 'min-scale': String(low), 'max-scale': String(max) })
          const plan = planScale(spec, standing(status as Activity['status']), desired, 100_000)
          if (!plan.apply) return
          expect(plan.want).toBeGreaterThanOrEqual(low)
          if (max > 0) expect(plan.want).toBeLessThanOrEqual(max)
        },
      ),
    )
  })
})

describe('the starting scale and the active threshold', () => {
  const rows: [string, Record<string, string>, boolean, number, number][] = [
    ['of a new revision are its initial scale', { 'initial-scale': '3' }, false, 3, 3],
    ['of a new revision may be zero', { 'initial-scale': '0' }, false, 0, 0],
    ['of a new revision are at least min-scale', { 'initial-scale': '0', 'min-scale': '2' }, false, 2, 2],
    ['of an old revision forget the initial scale', { 'initial-scale': '3' }, true, 0, 1],
    ['of an old revision are min-scale', { 'min-scale': '2' }, true, 2, 2],
  ]
  for (const [sentence, annotations, initialized, start, threshold] of rows) {
    it(sentence, () => {
      const spec = specWith(annotations, { 'allow-zero-initial-scale': 'true' })
      expect([startingScale(spec, initialized), activeThreshold(spec, initialized)]).toEqual([start, threshold])
    })
  }

  it('of a new revision that no route leads to is its initial scale too, of an old one zero', () => {
    const spec = specWith({ 'min-scale': '2', 'initial-scale': '3' }, {}, { reachability: 'Unreachable' })
    expect([startingScale(spec, false), startingScale(spec, true)]).toEqual([3, 0])
  })
})

describe('the activity', () => {
  const rows: [Activity['status'], number, number, number, Activity['status']][] = [
    ['True', 1, 0, 0, 'False'],
    ['False', 1, 1, 0, 'Unknown'],
    ['False', 1, 1, 1, 'True'],
    ['False', 1, -1, 0, 'False'],
    ['Unknown', 1, -1, 0, 'Unknown'],
    ['True', 1, -1, 0, 'Unknown'],
    ['False', 1, -1, 1, 'False'],
    ['Unknown', 0, -1, 0, 'False'],
    ['Unknown', 1, -1, 1, 'True'],
    ['Unknown', 2, 2, 1, 'Unknown'],
  ]
  for (const [before, threshold, want, ready, after] of rows) {
    it(`${before} with ${want} wanted, ${ready} ready and a threshold of ${threshold} becomes ${after}`, () => {
      const next = nextActivity({ status: before, since: 1, timedOut: false }, threshold, want, ready, 9)
      expect([next.status, next.since]).toEqual([after, before === after ? 1 : 9])
    })
  }

  it('says so when an activation timed out', () => {
    const next = nextActivity({ status: 'Unknown', since: 0, timedOut: false }, 1, 0, 0, 9)
    expect(activeCondition(next)).toEqual({
      status: 'False',
      reason: 'TimedOut',
      message: 'The target could not be activated.',
    })
  })
})
