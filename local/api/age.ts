// Ages as kubectl prints them: two units at most, the finer one only while it says something.

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const year = 365 * day

/** `45s`, `2m5s`, `34m`, `3h12m`, `27h`, `2d3h`, `9d`, `2y41d`; `<invalid>` for a time that lies ahead. */
export function formatAge(ms: number): string {
  if (ms < -second) return '<invalid>'
  const age = Math.max(0, ms)
  if (age < 2 * minute) return units(age, second, 's')
  if (age < 10 * minute) return pair(age, minute, 'm', second, 's')
  if (age < 3 * hour) return units(age, minute, 'm')
  if (age < 8 * hour) return pair(age, hour, 'h', minute, 'm')
  if (age < 2 * day) return units(age, hour, 'h')
  if (age < 8 * day) return pair(age, day, 'd', hour, 'h')
  if (age < 2 * year) return units(age, day, 'd')
  return age < 8 * year ? pair(age, year, 'y', day, 'd') : units(age, year, 'y')
}

function units(ms: number, size: number, unit: string): string {
  return `${Math.floor(ms / size)}${unit}`
}

function pair(ms: number, size: number, unit: string, fineSize: number, fineUnit: string): string {
  const rest = Math.floor((ms % size) / fineSize)
  return units(ms, size, unit) + (rest > 0 ? `${rest}${fineUnit}` : '')
}
