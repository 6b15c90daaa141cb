// Durations and quantities as Go, ISO 8601 and Kubernetes write them.

const goUnits: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a Go duration (`1m30s`, `0.5s`, `0`); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const body = text.replace(/^[+-]/, '')
  if (body === '0') return 0
  if (!/^(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/.test(body)) return undefined
  let total = 0
  for (const [, amount = '0', , unit = 's'] of body.matchAll(/(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (goUnits[unit] ?? 0)
  }
  return text.startsWith('-') ? -total : total
}

/** A duration as Go prints it: 3_600_000 is `1h0m0s`, 6_000 is `6s`, 500 is `500ms`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1_000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = `${Number(((ms % 60_000) / 1_000).toFixed(9))}s`
  if (hours) return `${hours}h${minutes}m${seconds}`
  return minutes ? `${minutes}m${seconds}` : seconds
}

/** Milliseconds of an ISO 8601 duration without years and months (`PT0.2S`, `P1DT2H`); undefined when it is none. */
export function parseIsoDuration(text: string): number | undefined {
  const match =
    /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(
      text,
    )
  if (!match) return undefined
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map(part => Number(part ?? 0))
  const wholeDays = (weeks ?? 0) * 7 + (days ?? 0)
  return ((wholeDays * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1_000
}

const quantityUnits: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** The number a Kubernetes quantity stands for (`400Mi` in bytes, `200m` of a CPU); undefined when it is none. */
export function parseQuantity(text: string | number): number | undefined {
  const match = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi|[eE][+-]?\d+)?$/.exec(String(text))
  if (!match) return undefined
  const [, amount = '0', suffix = ''] = match
  return /^[eE]/.test(suffix) && suffix !== 'E'
    ? Number(amount + suffix)
    : Number(amount) * (quantityUnits[suffix] ?? 1)
}
