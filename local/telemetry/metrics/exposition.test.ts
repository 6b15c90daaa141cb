import { describe, expect, it } from 'vitest'
import { expose } from './exposition.ts'
import { family } from './family.ts'
import { add, newTraffic } from './pod-traffic.ts'

describe('families as Prometheus reads them', () => {
  it('have help, type and a line a point, text in labels escaped', async () => {
    const rows = [
      { where: 'a', value: 1 },
      { where: 'say "hi"\\\n', value: 2.5 },
    ]
    const one = family('counter', ['seen_total', 'Seen.'], rows, ({ where, value }) => ({ labels: { where }, value }))
    const { text, contentType } = await expose([one])
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(text).toContain(
      '# HELP seen_total Seen.\n# TYPE seen_total counter\nseen_total{where="a"} 1\nseen_total{where="say \\"hi\\"\\\\\\n"} 2.5\n',
    )
  })

  it('of histograms name each line by what it is', async () => {
    const labels = { le: '+Inf' }
    const points = [
      { labels, value: 3, suffix: '_bucket' },
      { labels: {}, value: 0.5, suffix: '_sum' },
      { labels: {}, value: 3, suffix: '_count' },
    ]
    const { text } = await expose([{ name: 'took_seconds', help: 'Took.', type: 'histogram', points }])
    expect(text).toContain(
      '# TYPE took_seconds histogram\ntook_seconds_bucket{le="+Inf"} 3\ntook_seconds_sum 0.5\ntook_seconds_count 3\n',
    )
  })

  it('come each time anew, beside what the process tells of itself', async () => {
    const gauge = (value: number) => family('gauge', ['now', 'Now.'], [value], one => ({ labels: {}, value: one }))
    expect((await expose([gauge(1)])).text).toContain('\nnow 1\n')
    const { text } = await expose([gauge(2)])
    expect(text).toContain('\nnow 2\n')
    expect(text).not.toContain('\nnow 1\n')
    expect(text).toContain('# TYPE process_cpu_seconds_total counter')
  })
})

it('a family leaves out rows that have no value', () => {
  const { points } = family('gauge', ['x', 'X.'], [1, undefined, 0], value => ({ labels: {}, value }))
  expect(points.map(({ value }) => value)).toEqual([1, 0])
})

it.each([
  [0, 1],
  [1_447, 1],
  [1_448, 2],
  [14_480, 11],
])('a message with a body of %i bytes fills %i segments', (bytes, packets) => {
  const { received } = newTraffic('app')
  add(received, bytes)
  expect(received).toEqual({ bytes, packets })
  add(received, 0)
  expect(received).toEqual({ bytes, packets: packets + 1 })
})
