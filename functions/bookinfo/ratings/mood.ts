// How the ratings service feels in each of its variants: pure decisions by version, chance and time.

export type Mood = 'well' | 'slow' | 'unavailable'

/** Half of the answers of `v-delayed` take this long. In milliseconds. */
export const slownessMs = 7_000

/** `v-unavailable` and `v-unhealthy` change sides after so many milliseconds. */
const periods: Readonly<Record<string, number>> = { 'v-unavailable': 60_000, 'v-unhealthy': 900_000 }

/** The mood of one answer. `draw` is from [0, 1), `now` in milliseconds since the epoch. */
export function moodOf(version: string, draw: () => number, now: number): Mood {
  if (version === 'v-faulty') return draw() < 0.5 ? 'unavailable' : 'well'
  if (version === 'v-delayed') return draw() < 0.5 ? 'slow' : 'well'
  return inBadPeriod(version, now) ? 'unavailable' : 'well'
}

/** What `/health` says: only `v-unhealthy` ever admits to anything. */
export function isHealthy(version: string, now: number): boolean {
  return version !== 'v-unhealthy' || !inBadPeriod(version, now)
}

/** Every other period of the wall's clock, so that all instances agree; the original counted from its own start. */
function inBadPeriod(version: string, now: number): boolean {
  const period = periods[version]
  return period !== undefined && Math.floor(now / period) % 2 === 1
}
