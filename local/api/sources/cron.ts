// Cron schedules as PingSource takes them: the syntax and the complaints of robfig/cron v3 with optional seconds.

/** The values each field allows; `either` when a day matches by month or by week, as both are restricted. */
export interface Schedule {
  second: ReadonlySet<number>
  minute: ReadonlySet<number>
  hour: ReadonlySet<number>
  day: ReadonlySet<number>
  month: ReadonlySet<number>
  weekday: ReadonlySet<number>
  either: boolean
}

interface Field {
  low: number
  high: number
  names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const minutes: Field = { low: 0, high: 59 }
// Second, minute, hour, day of the month, month, day of the week.
const fields: readonly Field[] = [
  minutes,
  minutes,
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: weekdays },
]

const descriptors: Record<string, string> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
}

/** A text that is no schedule. */
export class NotASchedule extends Error {}

/** Parses a schedule. Throws `NotASchedule`. */
export function parseSchedule(text: string): Schedule {
  if (text.trim() === '') throw new NotASchedule('empty spec string')
  if (text.startsWith('@')) {
    const known = descriptors[text]
    if (!known) throw new NotASchedule(`unrecognized descriptor: ${text}`)
    return parseSchedule(known)
  }
  const given = text.trim().split(/\s+/)
  if (given.length < 5 || given.length > 6) {
    throw new NotASchedule(`expected 5 to 6 fields, found ${given.length}: [${given.join(' ')}]`)
  }
  const texts = given.length === 5 ? ['0', ...given] : given
  const values = (index: number) => valuesOf(texts[index] ?? '', fields[index] ?? minutes)
  const restricted = (index: number) => !(texts[index] ?? '').split(',').some(part => /^[*?](\/1)?$/.test(part))
  return {
    ...{ second: values(0), minute: values(1), hour: values(2), day: values(3), month: values(4), weekday: values(5) },
    either: restricted(3) && restricted(5),
  }
}

function valuesOf(text: string, field: Field): Set<number> {
  return new Set(text.split(',').flatMap(part => rangeOf(part, field)))
}

/** `*`, `5`, `1-5`, each with an optional `/step`; a step after one number runs to the end of the field. */
function rangeOf(part: string, field: Field): number[] {
  const [range = '', stepText, ...more] = part.split('/')
  const [from = '', to, ...rest] = range.split('-')
  if (more.length > 0) throw new NotASchedule(`too many slashes: ${part}`)
  if (rest.length > 0) throw new NotASchedule(`too many hyphens: ${part}`)
  const every = from === '*' || from === '?'
  const start = every ? field.low : numberOf(from, field.names)
  const step = stepText === undefined ? 1 : numberOf(stepText)
  const end =
    every || (to === undefined && stepText !== undefined)
      ? field.high
      : to === undefined
        ? start
        : numberOf(to, field.names)
  if (start < field.low) throw new NotASchedule(`beginning of range (${start}) below minimum (${field.low}): ${part}`)
  if (end > field.high) throw new NotASchedule(`end of range (${end}) above maximum (${field.high}): ${part}`)
  if (start > end) throw new NotASchedule(`beginning of range (${start}) beyond end of range (${end}): ${part}`)
  if (step === 0) throw new NotASchedule(`step of range should be a positive number: ${part}`)
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step)
}

function numberOf(text: string, names: readonly string[] = []): number {
  const named = names.indexOf(text.toLowerCase())
  // Months count from one, days of the week from zero.
  if (named >= 0) return names === months ? named + 1 : named
  if (/^\d+$/.test(text)) return Number(text)
  if (/^-\d+$/.test(text)) throw new NotASchedule(`negative number (${text}) not allowed: ${text}`)
  throw new NotASchedule(
    `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

/** True when the runtime knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
