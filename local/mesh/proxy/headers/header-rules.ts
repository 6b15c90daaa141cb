// Carries out the header rules of routes and destinations (Envoy 1.37, source/common/router/header_parser.cc).
import type { HeaderList } from '../../codec/head.ts'
import { indexOfName, removeLines, setLast } from '../../codec/header-lines.ts'
import type { HeaderRules, HeaderValue } from '../../table/header-rules.ts'
import type { Route } from '../../table/route.ts'
import type { Hop } from '../hop.ts'
import { type AnswerFacts, headerValue } from './header-values.ts'

/** Envoy keeps one line of these: a value added is joined to what is there. */
const oneLine = new Set([
  'content-type',
  'connection',
  'content-length',
  'expect',
  'te',
  'upgrade',
  'user-agent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
  'location',
  'date',
  'server',
])

/** What both the route and the drawn cluster set is as the second of them has it. */
export function applyRequestRules(hop: Hop): void {
  const { route, destination } = hop
  if (!route?.requestHeaders && !destination?.requestHeaders) return
  apply(hop.headers, route, [route?.requestHeaders, destination?.requestHeaders], value =>
    headerValue(value, hop, undefined),
  )
}

export function applyResponseRules(hop: Hop, answer: AnswerFacts): void {
  const { route, destination } = hop
  const levels = [route?.responseHeaders, destination?.responseHeaders]
  apply(answer.headers, route, levels, value => headerValue(value, hop, answer))
}

export function hasResponseRules({ route, destination }: Hop): boolean {
  return route?.responseHeaders !== undefined || destination?.responseHeaders !== undefined
}

type Fill = (value: HeaderValue) => string

/** With weights Envoy applies one level after the other; Istio joins those of a single destination into one. */
function apply(
  headers: HeaderList,
  route: Route | undefined,
  levels: readonly (HeaderRules | undefined)[],
  fill: Fill,
): void {
  const rules = levels.filter(one => one !== undefined)
  if (route?.action.kind === 'forward' && route.action.destinationHeadersFirst) {
    for (const one of rules.reverse()) applyLevel(headers, [one], fill)
  } else applyLevel(headers, rules, fill)
}

/**
 * `remove` comes first, so a name that is also set or added has those values alone. All values are read before any of them
 * is written: none sees what another one does.
 */
function applyLevel(headers: HeaderList, rules: readonly HeaderRules[], fill: Fill): void {
  for (const { remove } of rules) if (remove.length > 0) removeLines(headers, name => remove.includes(name))
  const values: string[] = []
  for (const { set } of rules) for (const { value } of set) values.push(fill(value))
  for (const { add } of rules) for (const { value } of add) values.push(fill(value))
  let at = 0
  for (const { set } of rules) for (const { name } of set) write(headers, name, values[at++], setLast)
  for (const { add } of rules) for (const { name } of add) write(headers, name, values[at++], addLine)
}

function write(headers: HeaderList, name: string, value: string | undefined, how: typeof addLine): void {
  if (value) how(headers, name, value)
}

function addLine(headers: HeaderList, name: string, value: string): void {
  const at = oneLine.has(name) ? indexOfName(headers, name) : -1
  if (at < 0) headers.push(name, value)
  else headers[at + 1] = `${headers[at + 1]},${value}`
}
