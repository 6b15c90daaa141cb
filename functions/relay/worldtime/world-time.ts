// The time in a zone, in the shape of worldtimeapi.org.

/** Indonesia's three zones: the relay asks for the first. None of them has daylight saving. */
const zones: Readonly<Record<string, { abbreviation: string; hours: number }>> = {
  'Asia/Jakarta': { abbreviation: 'WIB', hours: 7 },
  'Asia/Makassar': { abbreviation: 'WITA', hours: 8 },
  'Asia/Jayapura': { abbreviation: 'WIT', hours: 9 },
}

const dayMs = 86_400_000

/** The time at `now` (milliseconds since the epoch) as it is told in `timezone`; undefined for a zone not known here. */
export function worldTime(timezone: string, now: number, client_ip: string): Record<string, unknown> | undefined {
  const zone = zones[timezone]
  if (!zone) return undefined
  const local = new Date(now + zone.hours * 3_600_000)
  const utc_offset = `+${String(zone.hours).padStart(2, '0')}:00`
  return {
    utc_offset,
    timezone,
    day_of_week: local.getUTCDay(),
    day_of_year: dayOfYear(local),
    datetime: `${micros(local)}${utc_offset}`,
    utc_datetime: `${micros(new Date(now))}+00:00`,
    unixtime: Math.floor(now / 1000),
    raw_offset: zone.hours * 3_600,
    week_number: isoWeek(local),
    dst: false,
    abbreviation: zone.abbreviation,
    dst_offset: 0,
    dst_from: null,
    dst_until: null,
    client_ip,
  }
}

/** The service writes microseconds. */
const micros = (date: Date) => `${date.toISOString().slice(0, -1)}000`

const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1

/** ISO 8601: the week belongs to the year of its Thursday. */
function isoWeek(date: Date): number {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * dayMs)
  return Math.ceil(dayOfYear(thursday) / 7)
}
