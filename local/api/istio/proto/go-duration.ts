// Durations as Go's time.ParseDuration reads them, which is how Istio reads the durations of its specs.

const nanoseconds: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 }

/** Nanoseconds, or the sentence Go refuses the text with. */
export type DurationReading = { nanoseconds: number } | { flaw: string }

/** Reads `1h30m`, `0.5s`, `-3ms`, `0`. */
export function readDuration(text: string): DurationReading {
  const invalid = { flaw: `time: invalid duration ${JSON.stringify(text)}` }
  const sign = text.startsWith('-') ? -1 : 1
  let rest = text.replace(/^[-+]/, '')
  if (rest === '0') return { nanoseconds: 0 }
  if (rest === '') return invalid
  let sum = 0
  while (rest !== '') {
    const [number] = rest.match(/^(\d+\.?\d*|\.\d+)/) ?? []
    if (!number) return invalid
    rest = rest.slice(number.length)
    const [unit] = rest.match(/^[^\d.]+/) ?? []
    if (!unit) return { flaw: `time: missing unit in duration ${JSON.stringify(text)}` }
    const size = Object.hasOwn(nanoseconds, unit) ? nanoseconds[unit] : undefined
    if (size === undefined) {
      return { flaw: `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}` }
    }
    sum += Number(number) * size
    rest = rest.slice(unit.length)
  }
  // Go counts in 64 bits of nanoseconds.
  return sum > 2 ** 63 ? invalid : { nanoseconds: sign * Math.trunc(sum + 1e-6) }
}

/** Milliseconds of a duration that admission let pass; 0 for anything else. */
export function milliseconds(text: string | undefined): number {
  const reading = text === undefined ? undefined : readDuration(text)
  return reading && 'nanoseconds' in reading ? reading.nanoseconds / 1e6 : 0
}
