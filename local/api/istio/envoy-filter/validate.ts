// The rules of an EnvoyFilter as Istio's webhook has them, but for the patched values: those are Envoy's own types.
import { re2Flaw } from '../fields/regex.ts'
import { emptySelectorWarning, workloadSelectorFlaws } from '../fields/selector.ts'
import { eachItem, type Finding, flaw, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { EnvoyConfigObjectMatch, EnvoyConfigObjectPatch, EnvoyFilterSpec } from './types.ts'
import { filterFindings } from './validate-filter.ts'

const caution =
  'EnvoyFilter exposes internal implementation details that may change at any time. Prefer other APIs if possible, ' +
  'and exercise extreme caution, especially around upgrades.'

export function envoyFilterFindings({ spec }: Subject<EnvoyFilterSpec>): Finding[] {
  const { workloadSelector, configPatches } = spec
  const selectorFlaws = workloadSelectorFlaws(workloadSelector, 'spec.workloadSelector')
  if (selectorFlaws.length > 0) return selectorFlaws
  return [
    warning('spec', caution),
    ...emptySelectorWarning(workloadSelector, 'Envoy filter', 'spec.workloadSelector'),
    ...eachItem(configPatches, 'spec.configPatches', patchFindings),
  ]
}

function patchFindings(patch: Partial<EnvoyConfigObjectPatch>, path: string): Finding[] {
  if (patch.match?.context === 'WAYPOINT') return []
  const wrong = shapeFlaw(patch)
  if (wrong) return [flaw(path, `Envoy filter: ${wrong}`)]
  return matchFindings(patch.applyTo, patch.match, `${path}.match`)
}

/** The first flaw of a patch alone is said. */
function shapeFlaw({ applyTo = 'INVALID', patch, match }: Partial<EnvoyConfigObjectPatch>): string | undefined {
  if (applyTo === 'INVALID') return 'missing applyTo'
  if (!patch) return 'missing patch'
  if ((patch.operation ?? 'INVALID') === 'INVALID') return 'missing patch operation'
  if (patch.operation !== 'REMOVE' && !patch.value) return 'missing patch value for non-remove operation'
  const wrong = match?.proxy?.proxyVersion ? re2Flaw(match.proxy.proxyVersion) : undefined
  return wrong && `invalid regex for proxy version, [${wrong}]`
}

type ObjectClass = 'listener' | 'routeConfiguration' | 'cluster'

const classes: Record<ObjectClass, { of: readonly string[]; flaw: string }> = {
  listener: {
    of: ['LISTENER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER'],
    flaw: 'applyTo for listener class objects cannot have non listener match',
  },
  routeConfiguration: {
    of: ['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE'],
    flaw: 'applyTo for http route class objects cannot have non route configuration match',
  },
  cluster: { of: ['CLUSTER'], flaw: 'applyTo for cluster class objects cannot have non cluster match' },
}

/** What is matched has to be of the class that is patched. */
function matchFindings(applyTo = '', match: EnvoyConfigObjectMatch | undefined, path: string): Finding[] {
  const { listener, routeConfiguration, cluster, waypoint } = match ?? {}
  const [field, known] = Object.entries(classes).find(([, one]) => one.of.includes(applyTo)) ?? []
  if (!known || !field || !(listener ?? routeConfiguration ?? cluster ?? waypoint)) return []
  if (!match?.[field as ObjectClass]) return [flaw(path, `Envoy filter: ${known.flaw}`)]
  const filter = listener?.filterChain?.filter
  return filter ? filterFindings(filter, applyTo, `${path}.listener.filterChain.filter`) : []
}
