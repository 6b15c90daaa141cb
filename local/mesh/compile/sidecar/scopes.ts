// What each captured caller sees, worked out once for all callers of a kind.
import type { Sidecar } from '../../../api/istio/types.ts'
import type { Caller } from '../destination-rule/rules.ts'
import { compileEgressScope, type EgressScope, type ScopeInput } from './egress-scope.ts'
import { sidecarFor } from './sidecars.ts'

/** Callers of one namespace that have the same Sidecar share one scope. */
export function createScopes(
  sidecars: readonly Sidecar[],
  rootNamespace: string,
  input: ScopeInput,
): (caller: Caller) => EgressScope {
  const scopes = new Map<string, EgressScope>()
  return caller => {
    const sidecar = sidecarFor(caller, sidecars, rootNamespace)
    const key = `${caller.namespace} ${sidecar?.metadata.namespace ?? ''}/${sidecar?.metadata.name ?? ''}`
    const known = scopes.get(key)
    if (known) return known
    const scope = compileEgressScope(caller.namespace, sidecar, input)
    scopes.set(key, scope)
    return scope
  }
}
