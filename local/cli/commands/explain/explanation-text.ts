// An explanation for people: one block a hop, each indented below the destination that leads to it.
import type {
  ExplainedDestination,
  ExplainedEffects,
  ExplainedHop,
  ExplainedPolicy,
  Explanation,
  HeaderChange,
  PassedOverRule,
  Place,
} from '../../../mesh/explain/explanation.d.ts'

const mostEndpoints = 4

export function explanationText({ request, first }: Explanation): string {
  return `${[request, '', ...hopLines(first)].join('\n')}\n`
}

function hopLines(hop: ExplainedHop): string[] {
  const { door, host, target, virtualHost, nearest, policies, passedOver, rule, effects, answer, destinations } = hop
  const lines = [
    row('for', virtualHost ?? 'no virtual host'),
    ...(nearest.length > 0 ? [row('near', nearest.join(', '))] : []),
    ...policies.map(policyLine),
    ...alike(passedOver).map(passedOverLine),
    ...(rule ? [row('rule', placeText(rule))] : []),
    ...(effects ? effectLines(effects, destinations.length > 0) : []),
    ...(answer ? [row('answer', answer)] : []),
  ]
  const framed = lines.flatMap(line => line.split('\n')).map(line => `│ ${line}`)
  return [`┌ ${door} · ${host}${target}`, ...framed, ...destinations.flatMap(destinationLines)]
}

/** Knative writes many rules of one line of YAML: those that want other values of one field are told as one. */
function alike(passedOver: readonly PassedOverRule[]): PassedOverRule[][] {
  const groups = Map.groupBy(passedOver, ({ rule, field, actual }) =>
    rule.object.startsWith('Ingress ') ? `${rule.at} ${field} ${actual}` : rule.object,
  )
  return [...groups.values()]
}

function passedOverLine(rules: readonly PassedOverRule[]): string {
  const [first] = rules
  if (!first) return ''
  const got = first.actual === undefined ? 'not there' : JSON.stringify(first.actual)
  const more = rules.length > 1 ? ` and ${rules.length - 1} more of it` : ''
  const wanted = rules.map(one => one.wanted).join(' or ')
  return row('not', `${placeText(first.rule)}${more}\n${first.field} is ${got}, wanted ${wanted}`)
}

const width = 9

/** A label and its text; further lines of the text stand below the first. */
function row(label: string, text: string): string {
  return label.padEnd(width) + text.replaceAll('\n', `\n${' '.repeat(width)}  `)
}

function policyLine({ at, policy, says, denies }: ExplainedPolicy): string {
  return row(denies ? 'denied' : 'policy', `${placeText(policy)}\n${at}: ${says}`)
}

function effectLines(effects: ExplainedEffects, forwards: boolean): string[] {
  const { host, target, requestHeaders, responseHeaders, fault, timeoutMs, retries, mirrors, cors } = effects
  const { delay, abort } = fault ?? {}
  return [
    ...(host === undefined ? [] : [row('host', `becomes ${host}`)]),
    ...(target === undefined ? [] : [row('path', `becomes ${target}`)]),
    ...requestHeaders.map(change => row('request', changeText(change))),
    ...responseHeaders.map(change => row('response', changeText(change))),
    ...(delay ? [row('fault', `${delay.percent} % wait ${delay.ms} ms`)] : []),
    ...(abort
      ? [row('fault', `${abort.percent} % end with ${abort.status ?? `gRPC status ${abort.grpcStatus}`}`)]
      : []),
    ...(timeoutMs === undefined ? [] : [row('timeout', `${timeoutMs} ms`)]),
    ...(forwards ? [row('retries', retriesText(retries))] : []),
    ...mirrors.map(({ cluster, percent }) => row('mirror', `${percent} % to ${clusterText(cluster)}`)),
    ...(cors ? [row('cors', 'answers preflights of allowed origins')] : []),
  ]
}

function retriesText(retries: ExplainedEffects['retries']): string {
  if (!retries) return 'none'
  const each = retries.perTryTimeoutMs === undefined ? '' : `, ${retries.perTryTimeoutMs} ms a try`
  return `${retries.attempts} on ${retries.on.join(', ')}${each}`
}

function changeText({ do: what, name, value }: HeaderChange): string {
  return what === 'remove' ? `without ${name}` : `${what} ${name}: ${value}`
}

function destinationLines({
  share,
  cluster,
  requestHeaders,
  endpoints,
  policies,
  next,
}: ExplainedDestination): string[] {
  const more = endpoints.length - mostEndpoints
  const shown = more > 0 ? [...endpoints.slice(0, mostEndpoints), `and ${more} more`] : endpoints
  const below = [
    ...requestHeaders.map(change => row('request', changeText(change))),
    ...policies.flatMap(one => policyLine(one).split('\n')),
    ...(next ? hopLines(next) : []),
  ]
  const line = `├ ${String(share).padStart(3)} % ▸ ${clusterText(cluster)} ▸ ${shown.join(', ')}`
  return [line, ...below.map(text => `│     ${text}`)]
}

/** `outbound|80|v1|reviews.default.svc.cluster.local` as people write it. */
function clusterText(cluster: string): string {
  const [, port, subset, host] = cluster.split('|')
  if (host === undefined) return cluster
  return `${host.replace(/\.svc\.cluster\.local$/, '')}:${port}${subset ? ` subset ${subset}` : ''}`
}

function placeText({ name, object, at }: Place): string {
  return [name && `"${name}"`, object, at && `(${at})`].filter(Boolean).join(' ')
}
