// Load balancers: hashing and warm-up; localities have a file of their own.
import { durationFlaws } from '../fields/duration.ts'
import { type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { ConsistentHashLb, HttpCookie, LoadBalancerSettings, WarmupConfiguration } from './load-balancer-types.ts'
import { localityFindings } from './validate-locality.ts'

/** `ejects`: whether endpoints are ever found unhealthy, which failover between localities needs. */
export function loadBalancerFindings(
  settings: LoadBalancerSettings | undefined,
  ejects: boolean,
  path: string,
): Finding[] {
  if (!settings) return []
  const { consistentHash, localityLbSetting, warmup } = settings
  return [
    ...(consistentHash ? consistentHashFindings(consistentHash, `${path}.consistentHash`) : []),
    ...(localityLbSetting ? localityFindings(localityLbSetting, ejects, `${path}.localityLbSetting`) : []),
    ...(warmup ? warmupFlaws(warmup, `${path}.warmup`) : []),
  ]
}

function consistentHashFindings(hash: ConsistentHashLb, path: string): Finding[] {
  const { httpCookie, minimumRingSize = 0, ringHash, maglev } = hash
  const old = "consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash configuration instead"
  return [
    ...(httpCookie ? cookieFlaws(httpCookie, `${path}.httpCookie`) : []),
    ...(minimumRingSize ? [warning(`${path}.minimumRingSize`, old)] : []),
    ...flawIf(
      minimumRingSize !== 0 && (ringHash ?? maglev) !== undefined,
      `${path}.minimumRingSize`,
      'only one of MinimumRingSize or Maglev/Ringhash can be specified',
    ),
    ...(maglev ? tableSizeFlaws(maglev.tableSize ?? 0, `${path}.maglev.tableSize`) : []),
  ]
}

function cookieFlaws({ name, attributes = [] }: Partial<HttpCookie>, path: string): Finding[] {
  const names = attributes.map(attribute => attribute.name)
  return [
    ...flawIf(!name, `${path}.name`, 'name required for HttpCookie'),
    ...names.flatMap((attribute, index) => {
      const at = `${path}.attributes[${index}].name`
      if (!attribute) return [flaw(at, 'cookie attribute name cannot be empty')]
      return flawIf(names.indexOf(attribute) < index, at, `duplicate cookie attribute name: ${attribute}`)
    }),
  ]
}

/** Envoy's largest table. */
const tooLarge = 5_000_011

function tableSizeFlaws(size: number, path: string): Finding[] {
  return [
    ...flawIf(size === 0, path, 'tableSize must be set for maglev'),
    ...flawIf(size >= tooLarge, path, 'tableSize must be less than 5000011 for maglev'),
    ...flawIf(!isPrime(size), path, 'tableSize must be a prime number for maglev'),
  ]
}

/** As Envoy tests it: 1 passes. Sizes beyond the largest table are refused anyway, and not tested. */
function isPrime(size: number): boolean {
  if (size > 0 && size < 4) return true
  if (size % 2 === 0) return false
  if (size >= tooLarge) return true
  for (let factor = 3; factor * factor <= size; factor += 2) {
    if (size % factor === 0) return false
  }
  return true
}

function warmupFlaws({ duration, minimumPercent, aggression }: Partial<WarmupConfiguration>, path: string): Finding[] {
  return [
    ...flawIf(duration === undefined, `${path}.duration`, 'duration is required'),
    ...durationFlaws(duration, `${path}.duration`),
    ...flawIf(
      (minimumPercent ?? 0) > 100,
      `${path}.minimumPercent`,
      'minimumPercent value should be less than or equal to 100',
    ),
    ...flawIf((aggression ?? 1) < 1, `${path}.aggression`, 'aggression should be greater than or equal to 1'),
  ]
}
