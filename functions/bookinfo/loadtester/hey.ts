// The commands a canary asks for: those of `hey`, of which the flags that shape the load are understood.

/** What a command asks for. Ends after `durationMs` or `requests`, whichever is given. */
export interface Load {
  url: string
  method: string
  headers: Record<string, string>
  workers: number
  /** Requests a second of one worker; as fast as answers come without. */
  rate: number | undefined
  durationMs: number | undefined
  requests: number
}

/** An hour, as the load tester of Flagger allows. In milliseconds. */
export const longestMs = 3_600_000
const mostWorkers = 100
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** The load of a command such as `hey -z 1m -q 10 -c 2 http://…`, or a sentence about what is wrong with it. */
export function parseHey(command: string): Load | string {
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g)?.map(word => word.replace(/^(["'])(.*)\1$/, '$2')) ?? []
  if (words.shift() !== 'hey') return `the command should begin with hey: ${command}`
  const load: Load = {
    ...{ url: words.pop() ?? '', method: 'GET', headers: {}, workers: 50 },
    ...{ rate: undefined, durationMs: undefined, requests: 200 },
  }
  if (!/^https?:\/\/\S+$/.test(load.url)) return `the command should end with a URL: ${command}`
  while (words.length > 0) {
    const flag = words.shift() ?? ''
    const flaw = setFlag(load, flag, words.shift() ?? '')
    if (flaw) return flaw
  }
  return load
}

/** Puts one flag into the load; a sentence when it cannot. */
function setFlag(load: Load, flag: string, value: string): string | undefined {
  if (flag === '-z') {
    load.durationMs = durationOf(value)
    return load.durationMs ? undefined : `-z ${value} should be a duration of at most 1h, such as 1m`
  }
  if (flag === '-m') load.method = value.toUpperCase()
  else if (flag === '-H') return setHeader(load, value)
  else if (flag === '-n' || flag === '-q' || flag === '-c') return setCount(load, flag, value)
  else return `hey ${flag} is not understood here: -z, -n, -q, -c, -m and -H are`
  return undefined
}

function setHeader({ headers }: Load, value: string): string | undefined {
  const [, name, text] = /^([\w-]+):\s*(.*)$/.exec(value) ?? []
  if (name === undefined || text === undefined) return `-H ${value} should be a header, such as "end-user: jason"`
  headers[name] = text
  return undefined
}

function setCount(load: Load, flag: '-n' | '-q' | '-c', value: string): string | undefined {
  const count = /^\d{1,7}$/.test(value) ? Number(value) : 0
  if (count < 1 || (flag === '-c' && count > mostWorkers)) return `${flag} ${value} should be a number from 1`
  if (flag === '-n') load.requests = count
  else if (flag === '-q') load.rate = count
  else load.workers = count
  return undefined
}

function durationOf(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN)
  return ms > 0 && ms <= longestMs ? ms : undefined
}
