// What the product's tables say of a request, in the words of the interpreter.
import { seededRandom } from '../../local/kernel/random.ts'
import type { CompiledMesh } from '../../local/mesh/compile/compile.ts'
import { drawCluster, findRoute, pickHost } from '../../local/mesh/route/walk.ts'
import type { HeaderRules } from '../../local/mesh/table/header-rules.ts'
import type { ForwardAction, RedirectAction, Rewrite, Route } from '../../local/mesh/table/route.ts'
import type { VirtualHosts } from '../../local/mesh/table/virtual-hosts.ts'
import { applied, type HeaderChange, type Outcome, type Request } from './interpret.ts'
import type { Door } from './rules.ts'

export function tableOutcome(mesh: CompiledMesh, door: Door, request: Request, draw: number): Outcome {
  const hosts = hostsAt(mesh, door)
  const host = hosts && pickHost(hosts, request.host)
  const route = host && findRoute(host, walked(request))
  if (!route) return { kind: 'not-found' }
  const { action } = route
  switch (action.kind) {
    case 'redirect':
      return { kind: 'redirect', rule: ruleOf(route), ...redirected(action, request) }
    case 'direct-response':
      return { kind: 'direct', rule: ruleOf(route), status: action.status, body: action.body?.toString() }
    case 'forward':
      return forwarded(route, action, request, draw)
  }
}

function hostsAt(mesh: CompiledMesh, door: Door): VirtualHosts | undefined {
  if (door.kind === 'gateway') return mesh.gatewayPorts.get(door.port)?.chains[0]?.hosts
  const { namespace, labels } = door
  return mesh.outbound({ namespace, labels, serviceAccount: 'default', name: 'client' }, door.port).hosts
}

function walked({ method, target, host, headers }: Request) {
  const flat = headers.flatMap(([name, value]) => [name.toLowerCase(), value])
  return { method, scheme: 'http', authority: host, target, headers: flat }
}

/** Routes of services without rules of their own have no owner. */
function ruleOf({ origin }: Route): string {
  return origin.kind === 'VirtualService' ? `${origin.namespace}/${origin.name} ${origin.path}` : ''
}

function redirected(action: RedirectAction, { host, target }: Request) {
  const [path = '', ...query] = target.split('?')
  const bare = action.port === undefined ? host : host.replace(/:\d+$/, '')
  const authority = `${action.authority ?? bare}${action.port === undefined ? '' : `:${action.port}`}`
  const rest = query.length > 0 && !action.uri?.includes('?') ? `?${query.join('?')}` : ''
  return { code: action.code, location: `${action.scheme ?? 'http'}://${authority}${action.uri ?? path}${rest}` }
}

function forwarded(route: Route, action: ForwardAction, request: Request, draw: number): Outcome {
  const drawn = drawCluster(action, { ...seededRandom(1), next: () => draw })
  const { retry, rewrite } = action
  return {
    kind: 'forward',
    rule: ruleOf(route),
    cluster: drawn?.cluster ?? '',
    authority: rewrite?.authority ?? request.host,
    target: rewritten(rewrite, request.target),
    timeoutMs: action.timeoutMs,
    retries: retry?.retries ?? 0,
    perTryMs: retry?.perTryTimeoutMs ?? 0,
    retryOn: [...(retry?.on ?? [])].filter(one => one !== 'retriable-status-codes').toSorted(),
    retryCodes: [...(retry?.retriableStatusCodes ?? [])].toSorted((a, b) => a - b),
    requestHeaders: headersOf(action, route.requestHeaders, drawn?.requestHeaders),
    responseHeaders: headersOf(action, route.responseHeaders, drawn?.responseHeaders),
    mirrors: action.mirrors.filter(({ percent }) => percent > 0).map(({ cluster, percent }) => ({ cluster, percent })),
    delay: route.fault?.delay,
    abort: route.fault?.abort && { percent: route.fault.abort.percent, status: route.fault.abort.status ?? 0 },
  }
}

function rewritten(rewrite: Rewrite | undefined, target: string): string {
  const [path = '', ...query] = target.split('?')
  const rest = query.length > 0 ? `?${query.join('?')}` : ''
  const change = rewrite?.path
  switch (change?.kind) {
    case undefined:
      return target
    case 'prefix':
      return change.to + path.slice(change.from.length) + rest
    case 'whole':
      return change.to + rest
    case 'regex': {
      const substitution = change.substitution.replace(/\\(\d)/g, '$$$1')
      return change.expression.matcher(path).replaceAll(substitution) + rest
    }
  }
}

function headersOf(action: ForwardAction, route: HeaderRules | undefined, destination: HeaderRules | undefined) {
  const changes = [changeOf(route), changeOf(destination)]
  return applied(action.destinationHeadersFirst ? changes.toReversed() : changes)
}

function changeOf(rules: HeaderRules | undefined): HeaderChange {
  const pairs = (all: HeaderRules['set']) => all.map(({ name, value }): [string, string] => [name, String(value)])
  return { remove: [...(rules?.remove ?? [])], set: pairs(rules?.set ?? []), add: pairs(rules?.add ?? []) }
}
