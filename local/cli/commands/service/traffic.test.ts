// Moving traffic by revision, by tag and back, and what is said when that cannot be.
import { describe, expect, it } from 'vitest'
import type { Revision, Service, TrafficTarget } from '../../../api/serving/types.ts'
import { nextTraffic, type TrafficRequest } from './traffic.ts'

const service = (traffic: TrafficTarget[]): Service => ({
  ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 's' } },
  ...{ spec: { template: { spec: { containers: [] } } }, status: { traffic } },
})

const revision = (name: string, generation: number, ready: 'True' | 'False' = 'True'): Revision => ({
  ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Revision' },
  metadata: { name, labels: { 'serving.knative.dev/configurationGeneration': String(generation) } },
  spec: { containers: [] },
  status: { conditions: [{ type: 'Ready', status: ready }] },
})

const revisions = [revision('s-v1', 1), revision('s-v2', 2), revision('s-v3', 3, 'False'), revision('s-v4', 4)]
const split: TrafficTarget[] = [
  { revisionName: 's-v2', percent: 80, tag: 'prod' },
  { revisionName: 's-v4', latestRevision: true, percent: 20, tag: 'canary' },
]

/** `s-v2=80#prod @latest=20#canary`. */
function moved(request: Partial<TrafficRequest>, traffic = split): string {
  const whole = { shares: [], tags: [], untag: [], rollback: false, ...request }
  const targets = nextTraffic(service(traffic), revisions, whole)
  return targets
    .map(one => `${one.latestRevision ? '@latest' : one.revisionName}=${one.percent}${one.tag ? `#${one.tag}` : ''}`)
    .join(' ')
}

describe('traffic', () => {
  it.each([
    [{ shares: ['canary=50'] }, 's-v2=50#prod @latest=50#canary'],
    [{ shares: ['@latest=100'] }, 's-v2=0#prod @latest=100#canary'],
    [{ shares: ['prod=100'] }, 's-v2=100#prod @latest=0#canary'],
    [{ shares: ['v1=10'] }, 's-v2=72#prod @latest=18#canary s-v1=10'],
    [{ shares: ['s-v2=70', 's-v4=30'] }, 's-v2=70#prod s-v4=30#canary'],
    [{ tags: ['v1=old'] }, 's-v2=80#prod @latest=20#canary s-v1=0#old'],
    [{ tags: ['v1=prod'] }, 's-v2=80 @latest=20#canary s-v1=0#prod'],
    [{ untag: ['canary'] }, 's-v2=80#prod @latest=20'],
    [{ rollback: true }, 's-v2=100#prod @latest=0#canary'],
  ])('%j is %s', (request, wanted) => {
    expect(moved(request)).toBe(wanted)
  })

  it('goes back past a revision that is not ready, and one further the next time', () => {
    expect(moved({ rollback: true }, [{ revisionName: 's-v4', percent: 100 }])).toBe('s-v2=100')
    expect(moved({ rollback: true }, [{ revisionName: 's-v2', percent: 100 }])).toBe('s-v1=100')
  })

  it.each([
    [{ rollback: true }, [{ revisionName: 's-v1', percent: 100 }], 'no ready revision before'],
    [{ shares: ['v9=10'] }, split, 'service s has no revision or tag "v9"; its revisions: s-v1, s-v2, s-v3, s-v4'],
    [{ shares: ['v2'] }, split, 'v2: write REVISION=PERCENT'],
    [{ shares: ['v2=101'] }, split, 'a whole number from 0 to 100, got "101"'],
    [{ shares: ['v2=60', 'v4=50'] }, split, 'the shares add up to 110'],
    [{ tags: ['v2'] }, split, '--tag v2: write REVISION=TAG'],
    [{ untag: ['x'] }, split, 'no revision has the tag "x"'],
  ])('%j is refused', (request, traffic, sentence) => {
    expect(() => moved(request, traffic)).toThrow(sentence)
  })
})
