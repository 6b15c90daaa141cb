// Gradual rollout over time: as observed on a cluster, and what must hold for any sequence of revisions.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDone, observeReady, parseRollout, type Rollout, rolloutOf, sharesOf, stepRollout } from './rollout.ts'

const second = 1e9

const goal = (revision: string, percent = 100, tag?: string): Rollout =>
  rolloutOf([
    {
      configurationName: 'c',
      ...(tag ? { tag } : {}),
      percent,
      revisions: [{ revisionName: revision, percent }],
      stepParams: {},
    },
  ])

const shares = (rollout: Rollout) =>
  (rollout.configurations ?? []).flatMap(one => sharesOf(one).map(share => `${share.revisionName}=${share.percent}`))

describe('a rollout over 30 s', () => {
  it('starts with one percent, finds its pace once the ingress is ready, and ends in time', () => {
    const start = stepRollout(goal('v2'), goal('v1'), 0)
    expect(shares(start.rollout)).toEqual(['v1=99', 'v2=1'])
    expect(start.nextAt).toBeUndefined()
    let rollout = observeReady(start.rollout, 3 * second, 30)
    expect(rollout.configurations?.[0]?.stepParams).toMatchObject({ stepSize: 11, stepDuration: 3 * second })
    const seen: string[] = []
    for (let now = 3 * second; !isDone(rollout) && now <= 40 * second; now += second) {
      rollout = stepRollout(goal('v2'), rollout, now).rollout
      seen.push(shares(rollout).join(' '))
    }
    expect(new Set(seen)).toContain('v1=88 v2=12')
    expect(shares(rollout)).toEqual(['v2=100'])
    expect(rollout.configurations?.[0]?.stepParams).toEqual({})
    expect(seen.length).toBeLessThanOrEqual(29)
  })

  it('says when the next step is due, and takes none before', () => {
    const running = observeReady(stepRollout(goal('v2'), goal('v1'), 0).rollout, second, 11)
    const early = stepRollout(goal('v2'), running, 1.5 * second)
    expect(early.nextAt).toBe(2 * second)
    expect(shares(early.rollout)).toEqual(['v1=99', 'v2=1'])
    expect(shares(stepRollout(goal('v2'), running, 2 * second).rollout)).toEqual(['v1=89', 'v2=11'])
  })

  it('a third revision joins: traffic is drained from the newest of the earlier ones first', () => {
    const running = observeReady(stepRollout(goal('v2'), goal('v1'), 0).rollout, second, 11)
    const step = stepRollout(goal('v2'), running, 2 * second).rollout
    expect(shares(stepRollout(goal('v3'), step, 3 * second).rollout)).toEqual(['v1=89', 'v2=10', 'v3=1'])
  })

  it('a target that grows gives to the newest, one that shrinks takes from the oldest', () => {
    const running = stepRollout(goal('v2', 50), goal('v1', 50), 0).rollout
    expect(shares(stepRollout(goal('v2', 80), running, second).rollout)).toEqual(['v1=49', 'v2=31'])
    expect(shares(stepRollout(goal('v2', 20), running, second).rollout)).toEqual(['v1=19', 'v2=1'])
  })

  it('a new tag, a single percent, and a route without history change at once', () => {
    expect(shares(stepRollout(goal('v2'), {}, 0).rollout)).toEqual(['v2=100'])
    expect(shares(stepRollout(goal('v2', 1), goal('v1', 1), 0).rollout)).toEqual(['v2=1'])
    expect(shares(stepRollout(goal('v2', 100, 'new'), goal('v1'), 0).rollout)).toEqual(['v2=100'])
  })
})

describe('a rollout written in an annotation', () => {
  const rows: [sentence: string, text: string | undefined, kept: boolean][] = [
    ['as written here', JSON.stringify(goal('v1')), true],
    ['empty', '{}', true],
    ['absent', undefined, false],
    ['no JSON', 'nonsense', false],
    [
      'shares that do not sum up',
      '{"configurations":[{"configurationName":"c","percent":100,"revisions":[],"stepParams":{}}]}',
      false,
    ],
    [
      'a step beyond the whole',
      '{"configurations":[{"configurationName":"c","percent":0,"stepParams":{"stepSize":5}}]}',
      false,
    ],
  ]
  it.for(rows)('%s', ([, text, kept]) => {
    expect(parseRollout(text) !== undefined).toBe(kept)
  })
})

it('whatever revisions come and whenever, shares are positive, sum to the target, and the newest wins in the end', () => {
  const events = fc.array(
    fc.record({
      revision: fc.integer({ min: 1, max: 4 }),
      wait: fc.integer({ min: 0, max: 9 }),
      percent: fc.integer({ min: 1, max: 100 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  fc.assert(
    fc.property(events, steps => {
      let rollout: Rollout = goal('v0')
      let now = 0
      let wanted = goal('v0')
      for (const { revision, wait, percent } of steps) {
        now += wait * second
        wanted = goal(`v${revision}`, percent)
        rollout = stepRollout(wanted, observeReady(rollout, now, 10), now).rollout
        const all = rollout.configurations?.flatMap(sharesOf) ?? []
        expect(all.reduce((sum, one) => sum + one.percent, 0)).toBe(percent)
        expect(all.every(one => one.percent > 0)).toBe(true)
      }
      for (let turn = 0; turn < 200 && !isDone(rollout); turn++) {
        now += second
        rollout = stepRollout(wanted, observeReady(rollout, now, 10), now).rollout
      }
      expect(shares(rollout)).toEqual(shares(wanted))
    }),
    { seed: 7 },
  )
})
