// Which DestinationRule holds for a service, by who calls.
import type { DestinationRule } from '../../../api/istio/types.ts'
import { createMemo, type Memo } from '../carry-over.ts'
import type { MeshService } from '../service-registry.ts'
import { coversHost, isExportedTo, isWildcard, resolveHost } from '../virtual-service/names.ts'
import { olderFirst } from '../virtual-service/order.ts'
import { mergeRules } from './merge-rules.ts'

/** Who calls: a captured caller, or the gateway with its own namespace and labels. */
export interface Caller {
  namespace: string
  labels: Readonly<Record<string, string>>
}

export interface DestinationRules {
  /** The rule for a service, several for one host merged as Istio does; undefined when none holds. */
  find(service: MeshService, caller: Caller): DestinationRule | undefined
  /** True when rules of the namespace hold for some of its callers alone. */
  selectCallers(namespace: string): boolean
}

/** Keeps merged rules by their first part, so that rules that did not change stay the same objects. */
export type MergedRules = Memo<DestinationRule, DestinationRule>

/** Rules of one namespace by full host. */
interface HostRules {
  exact: Map<string, DestinationRule[]>
  wildcard: Map<string, DestinationRule[]>
}

/**
 * Looked up in the caller's namespace, then the service's, then the root namespace; within each by the most specific host.
 * A caller in the root namespace starts at the service's, but for rules that hold in the root namespace alone. This is
 * PushContext.destinationRule of Istio.
 */
export function indexDestinationRules(
  rules: readonly DestinationRule[],
  rootNamespace: string,
  merged: MergedRules = createMemo(),
): DestinationRules {
  const own = new Map<string, HostRules>()
  const exported = new Map<string, HostRules>()
  for (const rule of rules.toSorted(selectorsFirst)) {
    const namespace = rule.metadata.namespace ?? ''
    const isPrivate = isPrivateRule(rule)
    if (holdsAtHome(rule) && (namespace !== rootNamespace || isPrivate)) file(own, namespace, rule)
    if (!isPrivate) file(exported, namespace, rule)
  }
  return {
    find(service, caller) {
      const local = mostSpecific(own.get(caller.namespace), service.host)
      if (local) return choose(local, caller, merged)
      return [service.namespace, rootNamespace]
        .map(namespace => seenBy(mostSpecific(exported.get(namespace), service.host), caller))
        .filter(found => found.length > 0)
        .map(found => choose(found, caller, merged))
        .at(0)
    },
    selectCallers: namespace => rules.some(rule => hasSelector(rule) && rule.metadata.namespace === namespace),
  }
}

function file(index: Map<string, HostRules>, namespace: string, rule: DestinationRule): void {
  const rules = index.get(namespace) ?? { exact: new Map(), wildcard: new Map() }
  index.set(namespace, rules)
  const host = resolveHost(rule.spec.host, namespace)
  const byHost = isWildcard(host) ? rules.wildcard : rules.exact
  byHost.set(host, [...(byHost.get(host) ?? []), rule])
}

function selectorsFirst(a: DestinationRule, b: DestinationRule): number {
  return Number(hasSelector(b)) - Number(hasSelector(a)) || olderFirst(a, b)
}

function hasSelector({ spec }: DestinationRule): boolean {
  return spec.workloadSelector !== undefined
}

/** A rule with a selector never leaves its namespace. */
function isPrivateRule(rule: DestinationRule): boolean {
  const [first, ...others] = rule.spec.exportTo ?? []
  if (hasSelector(rule)) return true
  return others.length === 0 && (first === '.' || first === rule.metadata.namespace)
}

function holdsAtHome(rule: DestinationRule): boolean {
  const { namespace = '' } = rule.metadata
  return hasSelector(rule) || isExportedTo(rule.spec.exportTo, namespace, namespace)
}

/** The host itself, or the longest wildcard that covers it. */
function mostSpecific(rules: HostRules | undefined, host: string): readonly DestinationRule[] | undefined {
  if (!rules) return undefined
  const exact = rules.exact.get(host)
  if (exact) return exact
  let best = ''
  for (const pattern of rules.wildcard.keys()) {
    if (pattern.length > best.length && coversHost(pattern, host)) best = pattern
  }
  return rules.wildcard.get(best)
}

function seenBy(rules: readonly DestinationRule[] | undefined, caller: Caller): readonly DestinationRule[] {
  return (rules ?? []).filter(rule => isExportedTo(rule.spec.exportTo, rule.metadata.namespace ?? '', caller.namespace))
}

/** A rule that selects the caller comes before the rules for everybody, and is not merged with them. */
function choose(
  rules: readonly DestinationRule[],
  { namespace, labels }: Caller,
  merged: MergedRules,
): DestinationRule | undefined {
  const selects = (rule: DestinationRule) =>
    rule.metadata.namespace === namespace &&
    Object.entries(rule.spec.workloadSelector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value)
  const selecting = rules.filter(rule => hasSelector(rule) && selects(rule))
  const holding = selecting.length > 0 ? selecting : rules.filter(rule => !hasSelector(rule))
  const [first] = holding
  if (!first || holding.length === 1) return first
  return merged.get(first, holding, () => mergeRules(first, holding))
}
