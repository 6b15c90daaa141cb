// What a replay has to have in common with its recording, as sentences about what it has not.
import type { AccessLog, Counts, RecordedAnswer, SeenRequest, WireResponse } from './recording.ts'

/** What came of the `n` calls of one recorded request. */
export interface Observation {
  responses: readonly WireResponse[]
  /** Milliseconds to the end of each answer. */
  ms: readonly number[]
  /** In the order backends got them: retries and mirrors included. */
  seen: readonly SeenRequest[]
  logs: readonly AccessLog[]
}

/**
 * Empty when the observation agrees with the recording. Dates, ids, times, ports and lengths of echoed bodies may vary;
 * counts of several calls are held to five standard deviations; everything else is exact.
 */
export function differences(recorded: RecordedAnswer, observed: Observation): string[] {
  return [
    ...responseDifferences(recorded, observed),
    ...countDifferences(recorded, observed),
    ...seenDifferences(recorded, observed),
    ...logDifferences(recorded, observed),
    ...timeDifferences(recorded, observed),
  ]
}

/** The first answer was recorded: of several calls any may be like it, of one call the only one. */
function responseDifferences(recorded: RecordedAnswer, { responses }: Observation): string[] {
  const { response } = recorded
  const looser = { echo: isEcho(response), anyEndpoint: anyEndpoint(recorded) }
  const wanted = responseText(response, looser)
  const texts = responses.map(one => responseText(one, looser))
  if (texts.includes(wanted)) return []
  const status = response.status_line
  const nearest = texts.find(text => text.startsWith(status)) ?? texts[0]
  return [difference('answer', wanted, nearest)]
}

function responseText({ status_line, headers, body }: WireResponse, looser: { echo: boolean; anyEndpoint: boolean }): string {
  const lines = headers.map(([name, value]) => {
    if (looser.echo && name === 'content-length') return `${name}: LENGTH`
    if (looser.anyEndpoint && name === 'x-backend') return `${name}: ${serviceOf(value)}`
    return `${name}: ${withoutChance(name, value)}`
  })
  return [status_line, ...lines, '', looser.echo ? 'ECHO' : body].join('\n')
}

const isEcho = ({ body }: WireResponse) => /^\(\d+ bytes\)$/.test(body)

function countDifferences(recorded: RecordedAnswer, observed: Observation): string[] {
  const statuses = counted(observed.responses.map(({ status_line }) => status_line.split(' ')[1] ?? ''))
  const backends = counted(observed.responses.map(backendOf))
  const hits = counted(observed.seen.map(({ by }) => by))
  const alike = anyEndpoint(recorded) ? byService : (counts: Counts) => counts
  return [
    ...frequencyDifferences('status', recorded.statuses, statuses, recorded.n),
    ...frequencyDifferences('backend', alike(recorded.backends), alike(backends), recorded.n),
    ...hitDifferences(alike(recorded.hits), alike(hits), recorded.n),
  ]
}

const backendOf = ({ headers }: WireResponse) => headers.find(([name]) => name === 'x-backend')?.[1] ?? '-'

/** A cluster without subset: which endpoint is taken is for the load balancer to say. */
function anyEndpoint({ access_log }: RecordedAnswer): boolean {
  return Object.values(access_log ?? {}).every(({ cluster }) => cluster === undefined || cluster.includes('||'))
}

/** Endpoints of a service by how often each was taken: an even spread stays one, and so does one for all. */
function byService(counts: Counts): Counts {
  const services = new Map<string, number[]>()
  for (const [backend, count] of Object.entries(counts)) {
    const service = serviceOf(backend)
    services.set(service, [...(services.get(service) ?? []), count])
  }
  const ranked = Array.from(services, ([service, each]) =>
    each.toSorted((a, b) => b - a).map((count, rank) => [`${service} ${rank}`, count]),
  )
  return Object.fromEntries(ranked.flat())
}

/** `reviews` of `reviews-v1`. */
const serviceOf = (backend: string) => (backend === '-' ? '-' : backend.replace(/-[^-]*$/, ''))

function frequencyDifferences(what: string, recorded: Counts, observed: Counts, n: number): string[] {
  return keysOf(recorded, observed).flatMap(key => {
    const [theirs, ours] = [recorded[key] ?? 0, observed[key] ?? 0]
    const share = (theirs + ours) / (2 * n)
    const bound = n === 1 ? 0 : 5 * Math.sqrt(2 * n * share * (1 - share))
    return Math.abs(theirs - ours) <= bound ? [] : [`${what} ${key}: ${theirs} of ${n} recorded, ${ours} here`]
  })
}

/** Calls of backends: retries and mirrors make them more or fewer than requests. */
function hitDifferences(recorded: Counts, observed: Counts, n: number): string[] {
  return keysOf(recorded, observed).flatMap(key => {
    const [theirs, ours] = [recorded[key] ?? 0, observed[key] ?? 0]
    const bound = n === 1 ? 0 : 5 * Math.sqrt(theirs + ours)
    return Math.abs(theirs - ours) <= bound ? [] : [`calls of ${key}: ${theirs} recorded, ${ours} here`]
  })
}

function keysOf(...counts: Counts[]): string[] {
  return [...new Set(counts.flatMap(one => Object.keys(one)))]
}

function counted(values: readonly string[]): Counts {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** What the first backends received. Mirrors overtake, so order between backends is free. */
function seenDifferences(recorded: RecordedAnswer, observed: Observation): string[] {
  const named = !anyEndpoint(recorded)
  const left = observed.seen.map(one => seenText(one, named))
  const missing = (recorded.seen ?? [])
    .map(one => seenText(one, named))
    .filter(wanted => {
      const at = left.indexOf(wanted)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
  return missing.map((wanted, index) => difference('backend saw', wanted, left[index]))
}

function seenText({ by, line, headers, body }: SeenRequest, named: boolean): string {
  const attempt = headers.find(([name]) => name === 'x-envoy-attempt-count')?.[1]
  const lines = headers.map(([name, value]) => {
    const remaining = name === 'x-envoy-expected-rq-timeout-ms' && attempt !== '1'
    return `${name}: ${remaining ? 'REMAINING' : withoutChance(name, value)}`
  })
  return [named ? by : serviceOf(by), line, ...lines, '', body].join('\n')
}

/** Recorded was the last log line: of several calls any may be like it. */
function logDifferences({ access_log }: RecordedAnswer, { logs }: Observation): string[] {
  return Object.values(access_log ?? {}).flatMap(wanted => {
    const texts = logs.map(logText)
    return texts.includes(logText(wanted)) ? [] : [difference('access log', logText(wanted), texts[0])]
  })
}

function logText({ code, flags, details, route, cluster, attempts }: AccessLog): string {
  return [code, flags, details, `route ${route ?? '-'}`, `cluster ${cluster ?? '-'}`, `${attempts} attempts`].join('\n')
}

/** Waiting is a lower bound: what took most of half a second there may not be there at once here. */
function timeDifferences({ ms: [least] }: RecordedAnswer, { ms }: Observation): string[] {
  const ours = Math.min(...ms)
  return least >= 400 && ours < least * 0.7 ? [`answered after ${ours.toFixed(0)} ms, recorded ${least} ms`] : []
}

/** A header value without what differs from run to run. */
export function withoutChance(name: string, value: string): string {
  if (name === 'x-envoy-upstream-service-time') return value.replace(/^\d+$/, 'MS')
  return value
    .replace(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/, 'DATE')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\b1[678]\d{8}\b/g, 'SECONDS')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/="[0-9a-f]{16}"/g, '="HASH"')
}

/** The lines that differ, recorded ones with `-`, ours with `+`. */
function difference(what: string, wanted: string, ours: string | undefined): string {
  if (ours === undefined) return `${what}: nothing like\n  ${wanted.replaceAll('\n', '\n  ')}`
  const [theirLines, ourLines] = [wanted.split('\n'), ours.split('\n')]
  const missing = theirLines.filter(line => !ourLines.includes(line)).map(line => `  - ${line}`)
  const added = ourLines.filter(line => !theirLines.includes(line)).map(line => `  + ${line}`)
  const order = missing.length + added.length === 0 ? [`  order - ${theirLines.join(' | ')}`, `  order + ${ourLines.join(' | ')}`] : []
  return [`${what}:`, ...missing, ...added, ...order].join('\n')
}
