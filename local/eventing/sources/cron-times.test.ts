import { describe, expect, it } from 'vitest'
import { parseSchedule } from '../../api/sources/cron.ts'
import { nextTime } from './cron-times.ts'

/** The moments after `after`, RFC 3339. */
function times(schedule: string, after: string, count: number, zone?: string): (string | undefined)[] {
  const parsed = parseSchedule(schedule)
  const found: (string | undefined)[] = []
  let at: number | undefined = Date.parse(after)
  for (let index = 0; index < count && at !== undefined; index++) {
    at = nextTime(parsed, at, zone)
    found.push(at === undefined ? undefined : new Date(at).toISOString().replace('.000Z', 'Z'))
  }
  return found
}

describe('a schedule falls due', () => {
  it.each<[string, string, string, string[], string?]>([
    ['every second', '* * * * * *', '2026-01-01T00:00:00.500Z', ['2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z']],
    ['never twice at one moment', '* * * * *', '2026-01-01T00:01:00Z', ['2026-01-01T00:02:00Z']],
    ['in the next month', '30 12 1 * *', '2026-01-01T12:30:00Z', ['2026-02-01T12:30:00Z', '2026-03-01T12:30:00Z']],
    ['in a leap year alone', '0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00Z']],
    [
      'on both kinds of days where both are named',
      '0 0 13 * fri',
      '2026-02-10T00:00:00Z',
      ['2026-02-13T00:00:00Z', '2026-02-20T00:00:00Z', '2026-02-27T00:00:00Z', '2026-03-06T00:00:00Z'],
    ],
    ['by the clock of its zone', '0 9 * * *', '2026-01-10T00:00:00Z', ['2026-01-10T08:00:00Z'], 'Europe/Berlin'],
    ['by that clock in summer', '0 9 * * *', '2026-07-10T00:00:00Z', ['2026-07-10T07:00:00Z'], 'Europe/Berlin'],
    [
      'in a zone half an hour off',
      '30 0 * * *',
      '2026-01-01T00:00:00Z',
      ['2026-01-01T19:00:00Z', '2026-01-02T19:00:00Z'],
      'Asia/Kolkata',
    ],
    [
      'not at all in the hour that spring skips',
      '30 2 * * *',
      '2026-03-28T12:00:00Z',
      ['2026-03-30T00:30:00Z'],
      'Europe/Berlin',
    ],
    [
      'twice in the hour that autumn repeats',
      '30 2 * * *',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-26T01:30:00Z'],
      'Europe/Berlin',
    ],
  ])('%s', (_sentence, schedule, after, expected, zone) => {
    expect(times(schedule, after, expected.length, zone)).toEqual(expected)
  })

  it('never, where no such day comes', () => {
    expect(times('0 0 31 2 *', '2026-01-01T00:00:00Z', 1)).toEqual([undefined])
  })
})

describe('universal time', () => {
  it.each(['17 * * * *', '0 3 * * *', '0 0 1 1 *', '30 6 * * sun', '59 23 31 12 *'])(
    'is what the table of its zone says: %s',
    schedule => {
      const after = '2026-02-27T22:58:59.123Z'
      expect(times(schedule, after, 4)).toEqual(times(schedule, after, 4, 'Etc/UTC'))
    },
  )
})
