import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTimeZone, NotASchedule, parseSchedule } from './cron.ts'

const sorted = (values: ReadonlySet<number>) => [...values].sort((a, b) => a - b)
const complaint = (text: string) => {
  try {
    parseSchedule(text)
    return undefined
  } catch (error) {
    if (error instanceof NotASchedule) return error.message
    throw error
  }
}

describe('a schedule', () => {
  it('of five fields falls due at the first second', () => {
    const { second, minute, hour, day, month, weekday, either } = parseSchedule('*/20 9-17/4 1,15 jan,DEC *')
    expect([second, minute, hour, day, month].map(sorted)).toEqual([[0], [0, 20, 40], [9, 13, 17], [1, 15], [1, 12]])
    expect(weekday.size).toBe(7)
    expect(either).toBe(false)
  })

  it('of six fields begins with seconds', () => {
    expect(sorted(parseSchedule('*/30 * * * * *').second)).toEqual([0, 30])
  })

  it('a step after one number runs to the end of the field', () => {
    expect(sorted(parseSchedule('50/4 * * * *').minute)).toEqual([50, 54, 58])
  })

  it.each<[string, boolean]>([
    ['0 0 1 * mon', true],
    ['0 0 * * mon', false],
    ['0 0 ? * mon', false],
    ['0 0 */1 * mon', false],
    ['0 0 */2 * mon', true],
    ['0 0 1 * *', false],
  ])('%s matches by month or by week alone: %s', (text, either) => {
    expect(parseSchedule(text).either).toBe(either)
  })

  it.each([
    ['@hourly', '0 0 * * * *'],
    ['@daily', '0 0 0 * * *'],
    ['@midnight', '0 0 0 * * *'],
    ['@weekly', '0 0 0 * * 0'],
    ['@monthly', '0 0 0 1 * *'],
    ['@yearly', '0 0 0 1 1 *'],
    ['@annually', '0 0 0 1 1 *'],
  ])('%s is %s', (name, text) => {
    expect(parseSchedule(name)).toEqual(parseSchedule(text))
  })
})

describe('a text that is none is refused in robfig/cron’s words', () => {
  it.each([
    ['', 'empty spec string'],
    ['* * *', 'expected 5 to 6 fields, found 3: [* * *]'],
    ['* * * * * * *', 'expected 5 to 6 fields, found 7: [* * * * * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['@never', 'unrecognized descriptor: @never'],
  ])('%j: %s', (text, sentence) => {
    expect(complaint(text)).toBe(sentence)
  })

  it('whatever is given, it is a schedule or refused', () => {
    const part = fc.stringMatching(/^[0-9a-z*,/?-]{1,6}$/)
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), parts => {
        const text = parts.join(' ')
        const flaw = complaint(text)
        if (flaw === undefined) expect(parseSchedule(text).minute.size).toBeGreaterThan(0)
        else expect(flaw).not.toBe('')
      }),
    )
  })
})

it.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
])('%s is a time zone: %s', (name, known) => {
  expect(isTimeZone(name)).toBe(known)
})
