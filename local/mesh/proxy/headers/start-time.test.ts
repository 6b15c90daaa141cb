import { describe, expect, it } from 'vitest'
import { startTime } from './start-time.ts'

/** A Monday whose fields all have two digits or need their zero. */
const ms = Date.UTC(2026, 2, 2, 3, 4, 5, 67)

describe('%START_TIME(…)%', () => {
  it('is ISO 8601 with milliseconds where no format is given', () => {
    expect(startTime(ms, '')).toBe('2026-03-02T03:04:05.067Z')
  })

  it.each([
    ['%Y-%m-%d', '2026-03-02'],
    ['%y/%e', '26/ 2'],
    ['%H:%M:%S', '03:04:05'],
    ['%F %T', '2026-03-02 03:04:05'],
    ['%a %A %b %B', 'Mon Monday Mar March'],
    ['%z %Z', '+0000 UTC'],
    ['%s', '1772420645'],
    ['%S%%', '05%'],
    ['%E3S', '05.067'],
    ['%3f', '067'],
    ['%f', '067000000'],
    ['%6f', '067000'],
    ['at %q of %Y', 'at %q of 2026'],
    ['100%', '100%'],
  ])('of %s is %s', (format, text) => expect(startTime(ms, format)).toBe(text))
})
