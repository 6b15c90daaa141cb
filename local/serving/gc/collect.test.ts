// Which revisions go: the rules of config-gc, with time as an argument.
import { describe, expect, it } from 'vitest'
import { readGc } from '../../api/serving/config/gc.ts'
import type { Configuration, Revision } from '../../api/serving/types.ts'
import { timestamp } from '../../kernel/object.ts'
import { World } from '../harness.ts'
import { revisionsToDelete } from './collect.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const hour = 3_600_000

interface Sketch {
  name: string
  /** Hours ago. */
  created?: number
  active?: number
  state?: string
  keep?: boolean
}

function revision({ name, created = 100, active = created, state = 'reserve', keep }: Sketch): Revision {
  const annotations = {
    'serving.knative.dev/routingStateModified': timestamp(now - active * hour),
    ...(keep ? { 'serving.knative.dev/no-gc': 'true' } : {}),
  }
  const labels = { 'serving.knative.dev/routingState': state }
  const metadata = { name, creationTimestamp: timestamp(now - created * hour), labels, annotations }
  return { apiVersion: 'serving.knative.dev/v1', kind: 'Revision', metadata, spec: { containers: [] } }
}

const configuration: Configuration = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Configuration',
  metadata: { name: 'c' },
  spec: { template: { spec: { containers: [] } } },
  status: { latestReadyRevisionName: 'latest' },
}

const gone = (data: Record<string, string>, sketches: Sketch[]) =>
  revisionsToDelete(readGc(data), configuration, sketches.map(revision), now).map(one => one.metadata.name)

const keepNone = { 'min-non-active-revisions': '0' }

describe('revisions without traffic', () => {
  const rows: [sentence: string, data: Record<string, string>, sketches: Sketch[], wanted: string[]][] = [
    ['as shipped, 20 are kept however old', {}, Array.from({ length: 20 }, (_, index) => ({ name: `r${index}` })), []],
    [
      'stale ones go, oldest first',
      keepNone,
      [
        { name: 'b', active: 60 },
        { name: 'a', active: 70 },
      ],
      ['a', 'b'],
    ],
    [
      'the youngest of the stale ones fill the minimum',
      { 'min-non-active-revisions': '1' },
      [
        { name: 'b', active: 60 },
        { name: 'a', active: 70 },
      ],
      ['a'],
    ],
    ['one made within 48 h stays', keepNone, [{ name: 'a', created: 47 }], []],
    ['one active within 15 h stays', keepNone, [{ name: 'a', active: 14 }], []],
    ['one with traffic stays', keepNone, [{ name: 'a', state: 'active' }], []],
    ['the latest ready one stays', keepNone, [{ name: 'latest' }], []],
    ['one marked no-gc stays', keepNone, [{ name: 'a', keep: true }], []],
    [
      'with no limit of time nothing is stale',
      { ...keepNone, 'retain-since-create-time': 'disabled', 'retain-since-last-active-time': 'disabled' },
      [{ name: 'a' }],
      [],
    ],
    [
      'beyond the maximum the oldest go, stale or not',
      { ...keepNone, 'max-non-active-revisions': '1' },
      [
        { name: 'b', created: 2 },
        { name: 'a', created: 3 },
      ],
      ['a'],
    ],
    [
      'no maximum',
      { ...keepNone, 'max-non-active-revisions': 'disabled' },
      [
        { name: 'b', created: 2 },
        { name: 'a', created: 3 },
      ],
      [],
    ],
  ]
  it.for(rows)('%s', ([, data, sketches, wanted]) => {
    expect(gone(data, sketches)).toEqual(wanted)
  })

  it('a minimum above the maximum is refused', () => {
    expect(() => readGc({ 'min-non-active-revisions': '3', 'max-non-active-revisions': '2' })).toThrow(
      'min-non-active-revisions: 3 must not be above max-non-active-revisions (2)',
    )
  })
})

it('a stale revision disappears from the store, with what belongs to it', async context => {
  const world = new World()
  context.onTestFinished(() => world.stop())
  await world.configure('config-gc', keepNone)
  const service = (value: string) => ({
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'n' },
    spec: { template: { spec: { containers: [{ image: 'a/b', env: [{ name: 'V', value }] }] } } },
  })
  await world.apply(service('1'))
  await world.apply(service('2'))
  const names = () => world.store.list({ group: 'serving.knative.dev', kind: 'Revision' }).map(one => one.metadata.name)
  expect(names()).toEqual(['s-00001', 's-00002'])
  await world.advance(49 * hour)
  expect(names()).toEqual(['s-00002'])
  expect(world.store.list({ group: 'autoscaling.internal.knative.dev', kind: 'PodAutoscaler' })).toHaveLength(1)
})
