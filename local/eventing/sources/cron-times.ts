// When a cron schedule falls due next, by the clocks of a time zone: what they skip in spring does not happen.
import type { Schedule } from '../../api/sources/cron.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
// As robfig/cron gives up on 31 February.
const longest = 5 * 366 * 24 * hour

interface LocalTime {
  month: number
  day: number
  weekday: number
  hour: number
  minute: number
  second: number
}

/** The first moment after `after` (milliseconds since the epoch); undefined when there is none within five years. */
export function nextTime(schedule: Schedule, after: number, timeZone = 'UTC'): number | undefined {
  const local = localTimes(timeZone)
  let time = Math.floor(after / second) * second + second
  while (time - after < longest) {
    const at = local(time)
    const skip = missing(schedule, at)
    if (skip === 0) return time
    time += skip
  }
  return undefined
}

/** Milliseconds to the next moment worth looking at; 0 when this one is right. Never more than an hour: clocks change. */
function missing(schedule: Schedule, at: LocalTime): number {
  const restOfHour = hour - at.minute * minute - at.second * second
  if (!schedule.month.has(at.month) || !isDay(schedule, at) || !schedule.hour.has(at.hour)) return restOfHour
  if (!schedule.minute.has(at.minute)) return minute - at.second * second
  return schedule.second.has(at.second) ? 0 : second
}

function isDay({ day, weekday, either }: Schedule, at: LocalTime): boolean {
  const [byMonth, byWeek] = [day.has(at.day), weekday.has(at.weekday)]
  return either ? byMonth || byWeek : byMonth && byWeek
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Moments as the clocks of a zone show them. */
function localTimes(timeZone: string): (time: number) => LocalTime {
  // Without the tables of time zones, which take tens of milliseconds to load.
  if (timeZone === 'UTC') return universalTime
  const numeric = { month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', weekday: 'short', ...numeric })
  return time => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
    return {
      month: Number(parts.month),
      day: Number(parts.day),
      weekday: weekdays.indexOf(parts.weekday ?? ''),
      hour: Number(parts.hour),
      minute: Number(parts.minute),
      second: Number(parts.second),
    }
  }
}

function universalTime(time: number): LocalTime {
  const date = new Date(time)
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}
