// Which policies hold for a workload: its own namespace's and the root namespace's, where their selectors fit.
import type { AuthorizationPolicy, JwtRule, PeerAuthentication, RequestAuthentication } from '../../api/istio/types.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { type Asked, type CompiledRule, compileRules } from './authorization-policy.ts'
import { type RuleSet, sortedRules } from './authorize.ts'
import type { CheckedWorkload } from './checked-request.ts'

export interface SecurityObjects {
  authorizationPolicies: readonly AuthorizationPolicy[]
  requestAuthentications: readonly RequestAuthentication[]
  peerAuthentications: readonly PeerAuthentication[]
}

export type MtlsMode = 'DISABLE' | 'PERMISSIVE' | 'STRICT'

/** Istio's root namespace: policies there hold in every namespace. */
const rootNamespace = 'istio-system'

type Selecting = KubeObject & {
  spec?: { selector?: { matchLabels?: Record<string, string> }; targetRef?: unknown; targetRefs?: unknown[] }
}

/** Policies that name `targetRefs` hold for gateways of the Gateway API and waypoints alone: there are none here. */
export function holdsFor(policy: Selecting, workload: CheckedWorkload): boolean {
  const { namespace } = policy.metadata
  if (namespace !== workload.namespace && namespace !== rootNamespace) return false
  if (policy.spec?.targetRef || policy.spec?.targetRefs?.length) return false
  const wanted = Object.entries(policy.spec?.selector?.matchLabels ?? {})
  return wanted.every(([name, value]) => workload.labels[name] === value)
}

export function rulesFor(
  policies: readonly AuthorizationPolicy[],
  workload: CheckedWorkload,
  asked: Asked = 'request',
): RuleSet {
  const holding = policies.filter(policy => holdsFor(policy, workload) && !isDryRun(policy))
  const of = (action: string) => {
    const acting = holding.filter(policy => (policy.spec?.action ?? 'ALLOW') === action)
    return sortedRules(acting.flatMap(policy => compileRules(policy, asked)))
  }
  const anyAllow = holding.some(policy => (policy.spec?.action ?? 'ALLOW') === 'ALLOW')
  const deny = [...refusedRules(of('CUSTOM')), ...of('DENY')]
  return { deny, allow: anyAllow ? of('ALLOW') : undefined, audit: of('AUDIT') }
}

/** There are no external authorizers here: Istio denies what a CUSTOM policy of an unknown provider names. */
function refusedRules(rules: readonly CompiledRule[]): CompiledRule[] {
  return rules.map(rule => ({ ...rule, name: `${rule.name}-deny-due-to-bad-CUSTOM-action` }))
}

function isDryRun({ metadata }: AuthorizationPolicy): boolean {
  return metadata.annotations?.['istio.io/dry-run'] === 'true'
}

/** The token rules of all RequestAuthentications that hold, by issuer as Istio sorts them. */
export function jwtRulesFor(policies: readonly RequestAuthentication[], workload: CheckedWorkload): JwtRule[] {
  const rules = policies.filter(policy => holdsFor(policy, workload)).flatMap(policy => policy.spec?.jwtRules ?? [])
  return rules.toSorted((a, b) => (a.issuer < b.issuer ? -1 : 1))
}

/**
 * The nearest policy decides: one with a selector, then the namespace's, then the mesh's; the oldest where there are
 * several. What it leaves UNSET it inherits. `port` is the workload's own.
 */
export function mtlsMode(
  policies: readonly PeerAuthentication[],
  workload: CheckedWorkload,
  port: number | undefined,
): MtlsMode {
  const oldest = policies.filter(policy => holdsFor(policy, workload)).toSorted(byAge)
  const nearest = [
    oldest.find(policy => selects(policy) && policy.metadata.namespace === workload.namespace),
    oldest.find(policy => !selects(policy) && policy.metadata.namespace === workload.namespace),
    oldest.find(policy => !selects(policy) && policy.metadata.namespace === rootNamespace),
  ]
  const ofPort = port === undefined ? undefined : nearest[0]?.spec?.portLevelMtls?.[port]?.mode
  for (const mode of [ofPort, ...nearest.map(policy => policy?.spec?.mtls?.mode)]) {
    if (mode && mode !== 'UNSET') return mode
  }
  return 'PERMISSIVE'
}

function selects(policy: PeerAuthentication): boolean {
  return Object.keys(policy.spec?.selector?.matchLabels ?? {}).length > 0
}

function byAge(a: KubeObject, b: KubeObject): number {
  const age = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
  return age || a.metadata.name.localeCompare(b.metadata.name)
}
