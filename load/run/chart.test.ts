import { describe, expect, it } from 'vitest'
import { chart, escaped, ticks } from './chart.ts'

describe('the ticks of an axis', () => {
  it.each([
    [0, [0, 1]],
    [Number.NaN, [0, 1]],
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [82, [0, 25, 50, 75, 100]],
    [9_490, [0, 2_500, 5_000, 7_500, 10_000]],
    [0.003, [0, 0.001, 0.002, 0.003]],
  ])('up to %d are %j', (highest, wanted) => expect(ticks(highest)).toEqual(wanted))

  it('are few, and reach the highest value, whatever it is', () => {
    for (let highest = 0.001; highest < 1e6; highest *= 1.37) {
      const all = ticks(highest)
      expect(all.length).toBeLessThanOrEqual(6)
      expect(all.at(-1)).toBeGreaterThanOrEqual(highest * 0.999999)
    }
  })
})

describe('a chart', () => {
  const line = (ys: (number | null)[]) => ({
    ...{ title: 'T', unit: 'ms', marks: [] },
    series: [{ name: 's', style: 'first', points: ys.map((y, x) => ({ x, y })) }],
  })
  const pathOf = (svg: string) => /<path class="first" d="([^"]*)"/.exec(svg)?.[1] ?? ''

  it('draws one line through its points', () => {
    expect(pathOf(chart(line([1, 2, 3]))).match(/[ML]/g)).toEqual(['M', 'L', 'L'])
  })

  it('begins anew after a gap', () => {
    expect(pathOf(chart(line([1, null, 3, 4]))).match(/[ML]/g)).toEqual(['M', 'M', 'L'])
  })

  it.each([
    ['nothing', []],
    ['one point', [5]],
    ['gaps alone', [null, null]],
    ['zeroes', [0, 0]],
  ])('of %s has no coordinate that is no number', (_, ys) => {
    expect(chart(line(ys))).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('lets no text out of its place', () => {
    const svg = chart({ ...line([1]), title: '"><script>', marks: [{ x: 0, text: '</svg>' }] })
    expect(svg).not.toContain('<script>')
    expect(svg.match(/<\/svg>/g)).toHaveLength(1)
  })
})

it('text is escaped for elements and attributes', () => {
  expect(escaped(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;')
})
