// Says who may by reading AuthorizationPolicies from the top: slow, obvious, and nobody's production code.
import type { AuthorizationPolicy, Operation, Rule, Source } from '../../local/api/istio/types.ts'

export interface PolicyRequest {
  method: string
  path: string
  host: string
  port: number
  /** The address of the peer. */
  address: string
  /** `cluster.local/ns/NS/sa/SA` */
  principal: string | undefined
  headers: readonly (readonly [string, string])[]
}

export interface Workload {
  namespace: string
  labels: Readonly<Record<string, string>>
}

const rootNamespace = 'istio-system'

/** One DENY that matches ends it; where there is any ALLOW, one has to match. */
export function mayPass(policies: readonly AuthorizationPolicy[], workload: Workload, request: PolicyRequest): boolean {
  const holding = policies.filter(one => holds(one, workload))
  const of = (action: string) => holding.filter(({ spec }) => (spec?.action ?? 'ALLOW') === action)
  const matched = (policy: AuthorizationPolicy) => (policy.spec?.rules ?? []).some(rule => ruleMatches(rule, request))
  if (of('DENY').some(matched)) return false
  return of('ALLOW').length === 0 || of('ALLOW').some(matched)
}

function holds({ metadata, spec }: AuthorizationPolicy, { namespace, labels }: Workload): boolean {
  if (metadata.namespace !== namespace && metadata.namespace !== rootNamespace) return false
  return Object.entries(spec?.selector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value)
}

function ruleMatches({ from, to, when }: Rule, request: PolicyRequest): boolean {
  return (
    (!from?.length || from.some(({ source }) => sourceMatches(source ?? {}, request))) &&
    (!to?.length || to.some(({ operation }) => operationMatches(operation ?? {}, request))) &&
    (when ?? []).every(({ key, values, notValues }) => {
      const name = /^request\.headers\[(.+)\]$/.exec(key)?.[1]?.toLowerCase()
      const lines = request.headers.filter(([each]) => each === name).map(([, value]) => value)
      const value = lines.length === 0 ? undefined : lines.join(',')
      return among(values, notValues, one => value !== undefined && fits(one, value))
    })
  )
}

function sourceMatches(source: Source, { principal, address }: PolicyRequest): boolean {
  const namespace = /\/ns\/([^/]+)\//.exec(`/${principal ?? ''}`)?.[1]
  return (
    among(source.principals, source.notPrincipals, one => principal !== undefined && fits(one, principal)) &&
    among(source.namespaces, source.notNamespaces, one => namespace !== undefined && fits(one, namespace)) &&
    among(source.ipBlocks, source.notIpBlocks, one => inBlock(one, address))
  )
}

function operationMatches(operation: Operation, { method, path, host, port }: PolicyRequest): boolean {
  return (
    among(operation.methods, operation.notMethods, one => fits(one, method)) &&
    among(operation.paths, operation.notPaths, one => fits(one, path)) &&
    among(operation.hosts, operation.notHosts, one => fits(one.toLowerCase(), host.toLowerCase())) &&
    among(operation.ports, operation.notPorts, one => Number(one) === port)
  )
}

/** One of the first has to fit, where there are any; none of the second may. */
function among(
  wanted: readonly string[] = [],
  unwanted: readonly string[] = [],
  fit: (one: string) => boolean,
): boolean {
  return (wanted.length === 0 || wanted.some(fit)) && !unwanted.some(fit)
}

/** A star at one end stands for any text, alone for anything. */
function fits(pattern: string, value: string): boolean {
  if (pattern === '*') return true
  if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1))
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1))
  return value === pattern
}

/** IPv4 alone. */
function inBlock(block: string, address: string): boolean {
  const [base = '', bits = '32'] = block.split('/')
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  return Math.floor(number(base) / size) === Math.floor(number(address) / size)
}
