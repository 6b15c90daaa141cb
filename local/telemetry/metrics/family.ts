// Metrics as data: families of points, as a scrape reads them.

export type Labels = Readonly<Record<string, string>>

export interface Point {
  labels: Labels
  value: number
  /** `_bucket`, `_sum` or `_count` of a histogram. */
  suffix?: string
}

export interface Family {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  points: readonly Point[]
}

/** Points of one gauge or counter, from rows of things that have it; those without a value are left out. */
export function family<Row>(
  type: 'counter' | 'gauge',
  [name, help]: readonly [name: string, help: string],
  rows: readonly Row[],
  point: (row: Row) => { labels: Labels; value: number | undefined },
): Family {
  const points = rows.flatMap(row => {
    const { labels, value } = point(row)
    return value === undefined ? [] : [{ labels, value }]
  })
  return { name, help, type, points }
}
