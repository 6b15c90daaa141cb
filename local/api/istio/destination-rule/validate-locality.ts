// Load balancing between localities: `region/zone/subzone`.
import { type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { LocalityDistribute, LocalityFailover, LocalityLoadBalancerSetting } from './load-balancer-types.ts'

const topologyLabels = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']

/** `ejects`: whether endpoints are ever found unhealthy. */
export function localityFindings(setting: LocalityLoadBalancerSetting, ejects: boolean, path: string): Finding[] {
  const { distribute = [], failover = [], failoverPriority = [] } = setting
  const conflict = choiceFlaw(setting)
  if (conflict) return [flaw(path, conflict)]
  const shares = distributeFlaws(distribute, `${path}.distribute`)
  if (shares.stop) return shares.flaws
  const unhealthy = warning(path, 'outlier detection policy must be provided for failover')
  return [
    ...shares.flaws,
    ...overlapFlaws(
      distribute.map(({ from = '' }) => from),
      `${path}.distribute`,
    ),
    ...(failover.length + failoverPriority.length > 0 && !ejects ? [unhealthy] : []),
    ...failover.flatMap((one, index) => failoverFlaws(one, `${path}.failover[${index}]`)),
  ]
}

function choiceFlaw({ distribute, failover, failoverPriority }: LocalityLoadBalancerSetting): string | undefined {
  if (!failover?.length) return undefined
  if (distribute?.length) return "can not simultaneously specify 'distribute' and 'failover'"
  const label = failoverPriority?.find(one => topologyLabels.includes(one))
  return label && `can not simultaneously set 'failover' and topology label '${label}' in 'failover_priority'`
}

/** Istio says nothing further after a wrong weight. */
function distributeFlaws(entries: readonly LocalityDistribute[], path: string): { flaws: Finding[]; stop: boolean } {
  const flaws: Finding[] = []
  for (const [index, { to = {} }] of entries.entries()) {
    const at = `${path}[${index}].to`
    const weights = Object.values(to)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const wrong = weights.some(weight => weight <= 0 || weight > 100)
      ? 'locality weight must be in range [1, 100]'
      : total === 100
        ? undefined
        : `total locality weight ${total} != 100`
    if (wrong) return { flaws: [...flaws, flaw(at, wrong)], stop: true }
    flaws.push(...overlapFlaws(Object.keys(to), at))
  }
  return { flaws, stop: false }
}

function failoverFlaws({ from = '', to = '' }: LocalityFailover, path: string): Finding[] {
  const both = from + to
  return [
    ...flawIf(from === to, path, 'locality lb failover settings must specify different regions'),
    ...flawIf(both.includes('/'), path, 'locality lb failover only specify region'),
    ...flawIf(both.includes('*'), path, "locality lb failover region should not contain '*' wildcard"),
  ]
}

/** No locality may be part of another, and `*` ends one. The first flaw alone is said. */
function overlapFlaws(localities: readonly string[], path: string): Finding[] {
  const seen: string[][] = []
  for (const locality of localities) {
    const parts = splitLocality(locality)
    if (/\*.*\*|\*./.test(locality)) {
      return [flaw(path, `locality ${locality} wildcard '*' number can not exceed 1 and must be in the end`)]
    }
    const overlaps = `locality ${locality} overlap with previous specified ones`
    if (seen.some(([region]) => region === '*')) return [flaw(path, overlaps)]
    if (parts.includes('')) {
      return [flaw(path, `locality ${locality} must not contain empty region/zone/subzone info`)]
    }
    if (seen.some(earlier => overlap(earlier, parts))) return [flaw(path, overlaps)]
    seen.push(parts)
  }
  return []
}

/** At most three parts: what follows belongs to the subzone. */
function splitLocality(locality: string): string[] {
  const [region = '', zone, ...subzone] = locality.split('/')
  return [region, ...(zone === undefined ? [] : [zone]), ...(subzone.length > 0 ? [subzone.join('/')] : [])]
}

/** Region, zone and subzone are equal as far as the earlier one says them, or one of them ends where the other goes on. */
function overlap(earlier: readonly string[], later: readonly string[]): boolean {
  for (const [depth, part] of later.entries()) {
    const other = earlier[depth]
    if (other === undefined || other === '*') return true
    if (other !== part) return false
  }
  return true
}
