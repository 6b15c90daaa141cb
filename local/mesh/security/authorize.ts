// Decides by compiled policies: a DENY that matches ends it, then an ALLOW must match where there is any.
import type { CompiledRule } from './authorization-policy.ts'
import type { CheckedRequest, Claims, Denial } from './checked-request.ts'
import { meets } from './condition.ts'

/** The rules of all policies that hold for one workload. Undefined `allow`: no ALLOW policy, so everything is allowed. */
export interface RuleSet {
  deny: readonly CompiledRule[]
  allow: readonly CompiledRule[] | undefined
  audit: readonly CompiledRule[]
}

/** Pure. Undefined is allowed. Envoy quotes the first rule that matches in the order of the rules' names. */
export function authorize(rules: RuleSet, request: CheckedRequest, claims: Claims | undefined): Denial | undefined {
  const denied = firstMatch(rules.deny, request, claims)
  if (denied) return denial(denied.name)
  if (!rules.allow || firstMatch(rules.allow, request, claims)) return undefined
  return denial('none')
}

/** The AUDIT rule that asks for a line in the audit log. */
export function audited(rules: RuleSet, request: CheckedRequest, claims: Claims | undefined): CompiledRule | undefined {
  return firstMatch(rules.audit, request, claims)
}

export function sortedRules(rules: readonly CompiledRule[]): CompiledRule[] {
  return rules.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function firstMatch(
  rules: readonly CompiledRule[],
  request: CheckedRequest,
  claims: Claims | undefined,
): CompiledRule | undefined {
  return rules.find(rule => {
    const any = (groups: CompiledRule['principals']) =>
      groups.some(conditions => conditions.every(condition => meets(condition, request, claims)))
    return any(rule.permissions) && any(rule.principals)
  })
}

function denial(policy: string): Denial {
  return {
    allowed: false,
    status: 403,
    body: 'RBAC: access denied',
    headers: [],
    details: `rbac_access_denied_matched_policy[${policy}]`,
  }
}
