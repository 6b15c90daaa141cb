// `%START_TIME(format)%`: a time in the formats Envoy understands, in UTC.

/** `format` is of strftime's kind; empty is ISO 8601 with milliseconds. */
export function startTime(ms: number, format: string): string {
  if (format === '') return new Date(ms).toISOString()
  return format.replace(/%(E?\d?)([a-zA-Z%])/g, (whole, modifier: string, letter: string) =>
    field(ms, letter, modifier, whole),
  )
}

const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const monthNames = 'January February March April May June July August September October November December'.split(' ')

function field(ms: number, letter: string, modifier: string, whole: string): string {
  const time = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const digits = Number(modifier.replace('E', '')) || 0
  switch (letter) {
    case 'Y':
      return String(time.getUTCFullYear())
    case 'y':
      return two(time.getUTCFullYear() % 100)
    case 'm':
      return two(time.getUTCMonth() + 1)
    case 'd':
      return two(time.getUTCDate())
    case 'e':
      return String(time.getUTCDate()).padStart(2, ' ')
    case 'H':
      return two(time.getUTCHours())
    case 'M':
      return two(time.getUTCMinutes())
    case 'S':
      return two(time.getUTCSeconds()) + (digits > 0 ? `.${fraction(ms, digits)}` : '')
    case 'f':
      return fraction(ms, digits || 9)
    case 's':
      return String(Math.floor(ms / 1_000))
    case 'a':
      return days[time.getUTCDay()]?.slice(0, 3) ?? ''
    case 'A':
      return days[time.getUTCDay()] ?? ''
    case 'b':
      return monthNames[time.getUTCMonth()]?.slice(0, 3) ?? ''
    case 'B':
      return monthNames[time.getUTCMonth()] ?? ''
    case 'F':
      return time.toISOString().slice(0, 10)
    case 'T':
      return time.toISOString().slice(11, 19)
    case 'z':
      return '+0000'
    case 'Z':
      return 'UTC'
    case '%':
      return '%'
    default:
      return whole
  }
}

function fraction(ms: number, digits: number): string {
  return String(ms % 1_000)
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, digits)
}
