// `%START_TIME(format)%`: a time in the formats Envoy understands, in UTC.

/** `format` is of strftime's kind; empty is ISO 8601 with milliseconds. Unknown fields stay as they are written. */
export function startTime(ms: number, format: string): string {
  const time = new Date(ms)
  if (format === '') return time.toISOString()
  return format.replace(/%(E?\d?)([a-zA-Z%])/g, (whole, modifier: string, letter: string) => {
    const digits = Number(modifier.replace('E', '')) || 0
    return fields[letter]?.(time, digits) ?? whole
  })
}

const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const months = 'January February March April May June July August September October November December'.split(' ')
const two = (value: number) => String(value).padStart(2, '0')

/** By letter. `digits` of a second's fraction; 0 when the format names none. */
const fields: Readonly<Record<string, (time: Date, digits: number) => string>> = {
  Y: time => String(time.getUTCFullYear()),
  y: time => two(time.getUTCFullYear() % 100),
  m: time => two(time.getUTCMonth() + 1),
  d: time => two(time.getUTCDate()),
  e: time => String(time.getUTCDate()).padStart(2, ' '),
  H: time => two(time.getUTCHours()),
  M: time => two(time.getUTCMinutes()),
  S: (time, digits) => two(time.getUTCSeconds()) + (digits > 0 ? `.${fraction(time, digits)}` : ''),
  f: (time, digits) => fraction(time, digits || 9),
  s: time => String(Math.floor(time.getTime() / 1_000)),
  a: time => days[time.getUTCDay()]?.slice(0, 3) ?? '',
  A: time => days[time.getUTCDay()] ?? '',
  b: time => months[time.getUTCMonth()]?.slice(0, 3) ?? '',
  B: time => months[time.getUTCMonth()] ?? '',
  F: time => time.toISOString().slice(0, 10),
  T: time => time.toISOString().slice(11, 19),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
}

function fraction(time: Date, digits: number): string {
  return String(time.getTime() % 1_000)
    .padStart(3, '0')
    .padEnd(9, '0')
    .slice(0, digits)
}
