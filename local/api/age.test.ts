import { describe, expect, it } from 'vitest'
import { formatAge } from './age.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('an age', () => {
  it.each([
    ['a moment', 0, '0s'],
    ['under two minutes in seconds', 119_000, '119s'],
    ['up to ten minutes with seconds', 2 * minute + 5_000, '2m5s'],
    ['whole minutes without seconds', 5 * minute, '5m'],
    ['up to three hours in minutes', 134 * minute, '134m'],
    ['up to eight hours with minutes', 3 * hour + 12 * minute, '3h12m'],
    ['up to two days in hours', 27 * hour, '27h'],
    ['up to eight days with hours', 2 * day + 3 * hour, '2d3h'],
    ['up to two years in days', 300 * day, '300d'],
    ['up to eight years with days', 2 * 365 * day + 41 * day, '2y41d'],
    ['more in years', 9 * 365 * day + 3 * day, '9y'],
    ['a clock a little behind', -500, '0s'],
    ['a time ahead', -5_000, '<invalid>'],
  ])('of %s', (_, ms, text) => {
    expect(formatAge(ms)).toBe(text)
  })
})
