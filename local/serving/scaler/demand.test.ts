// What the autoscaler asks for over time, from requests on: rows of load, second by second. The first request after a
// silence counts as one at once, each second's average when it is over: demand takes some seconds to show.
import { describe, expect, it } from 'vitest'
import { specWith } from '../autoscaler/fixture.ts'
import type { ScalingSpec } from '../autoscaler/spec.ts'
import { Demand } from './demand.ts'

/** Requests in flight from a second on; the last phase ends the day. */
type Load = [second: number, inFlight: number][]

/** The instances asked for at each even second, as they change: `2:1 8:3`. What is asked for is ready two seconds later. */
function day(spec: ScalingSpec, load: Load, rps = 0): string {
  const demand = new Demand(0)
  demand.configure(spec)
  demand.begin(spec, 0, true)
  const end = load.at(-1)?.[0] ?? 0
  const changes: string[] = []
  let inFlight = 0
  let ready = 0
  for (let second = 0; second <= end; second++) {
    const wanted = load.findLast(([from]) => from <= second)?.[1] ?? 0
    for (; inFlight < wanted; inFlight++) demand.meter.arrive(second * 1_000)
    for (; inFlight > wanted; inFlight--) demand.meter.leave(second * 1_000)
    for (let sent = 0; sent < (second < end ? rps : 0); sent++) {
      demand.meter.arrive(second * 1_000)
      demand.meter.leave(second * 1_000)
    }
    if (second === 0 || second % 2 === 1) continue
    const before = demand.desired
    demand.decide(spec, ready, second * 1_000)
    ready = Math.max(0, before)
    if (demand.desired !== before) changes.push(`${second}:${demand.desired}`)
  }
  return changes.join(' ')
}

const ten = { target: '10', 'target-utilization-percentage': '100' }

describe('a revision whose instances take ten requests', () => {
  const rows: [sentence: string, annotations: Record<string, string>, load: Load, expected: string][] = [
    [
      'is asked for one instance by one request',
      {},
      [
        [0, 1],
        [20, 1],
      ],
      '2:1',
    ],
    [
      'is asked for three by twenty-five that stay',
      {},
      [
        [0, 25],
        [120, 25],
      ],
      '2:2 6:3',
    ],
    [
      'keeps its instances through a panic, which ends one window after demand was last twice what was ready',
      {},
      [
        [0, 25],
        [10, 1],
        [140, 1],
      ],
      '2:2 6:3 66:1',
    ],
    [
      'goes to zero when the window has seen nobody',
      {},
      [
        [0, 5],
        [10, 0],
        [90, 0],
      ],
      '2:1 70:0',
    ],
    [
      'with a shorter window goes sooner',
      { window: '10s' },
      [
        [0, 5],
        [10, 0],
        [90, 0],
      ],
      '2:1 20:0',
    ],
    [
      'starts with its activation scale',
      { 'activation-scale': '4' },
      [
        [0, 1],
        [20, 1],
      ],
      '2:4',
    ],
    [
      'with a delay keeps each scale for that long after it was last asked for',
      { window: '10s', 'scale-down-delay': '30s' },
      [
        [0, 25],
        [10, 0],
        [90, 0],
      ],
      '2:3 44:1 76:0',
    ],
    [
      'with utilisation of a half is asked for twice as many',
      { 'target-utilization-percentage': '50' },
      [
        [0, 20],
        [20, 20],
      ],
      '2:3 4:4',
    ],
  ]
  it.each(rows)('%s', (_, annotations, load, expected) => {
    expect(day(specWith({ ...ten, ...annotations }), load)).toBe(expected)
  })

  it('counts requests a second where the metric says so, however short they are', () => {
    const spec = specWith({ ...ten, metric: 'rps' })
    expect(
      day(
        spec,
        [
          [0, 0],
          [20, 0],
        ],
        45,
      ),
    ).toBe('2:3 4:4 6:5')
    expect(
      day(
        specWith(ten),
        [
          [0, 0],
          [20, 0],
        ],
        45,
      ),
    ).toBe('2:1')
  })
})

describe('the burst that must fit', () => {
  const rows: [sentence: string, capacity: string, ready: number, inFlight: number, exceeds: boolean][] = [
    ['fits what is free beyond it', '20', 5, 25, false],
    ['exceeds what is free short of it', '20', 5, 35, true],
    ['is nothing when it is 0', '0', 1, 500, false],
    ['never fits when it is -1', '-1', 50, 0, true],
  ]
  it.each(rows)('%s', (_, capacity, ready, inFlight, exceeds) => {
    const spec = specWith({ ...ten, 'target-burst-capacity': capacity })
    const demand = new Demand(0)
    demand.configure(spec)
    demand.begin(spec, ready, true)
    for (let one = 0; one < Math.max(1, inFlight); one++) demand.meter.arrive(0)
    demand.decide(spec, ready, 10_000)
    expect(demand.exceedsBurst).toBe(exceeds)
  })

  it('is reckoned with the first instances before anybody asked', () => {
    const first = (capacity: string, instances: number) => {
      const demand = new Demand(0)
      demand.begin(specWith({ ...ten, 'target-burst-capacity': capacity }), instances, false)
      return demand.exceedsBurst
    }
    expect([first('20', 2), first('20', 1), first('0', 0), first('-1', 9)]).toEqual([false, true, false, true])
  })
})

describe('before the first request', () => {
  it('a new revision with a first scale has no demand yet, all others ask for none', () => {
    const desired = (first: number, initialized: boolean) => {
      const demand = new Demand(0)
      demand.begin(specWith(), first, initialized)
      return demand.desired
    }
    expect([desired(1, false), desired(0, false), desired(1, true), desired(0, true)]).toEqual([-1, 0, 0, 0])
  })

  it('nothing is decided, and one who asks is one wanted', () => {
    const demand = new Demand(0)
    demand.begin(specWith(), 0, true)
    demand.decide(specWith(), 0, 5_000)
    expect(demand.desired).toBe(0)
    demand.atLeastOne()
    expect(demand.desired).toBe(1)
  })
})
