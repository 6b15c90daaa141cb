// Where rules send requests.
import { type Finding, flaw } from '../finding.ts'
import { wildcardDomainFlaws } from './host-name.ts'
import { subsetNameFlaws } from './label.ts'
import { portFlaws } from './port.ts'
import type { Destination, Draft } from './types.ts'

/** A missing destination has no flaws of its own. */
export function destinationFlaws(destination: Draft<Destination> | undefined, path: string): Finding[] {
  if (!destination) return []
  const { host = '', subset, port } = destination
  return [
    ...(host === '*'
      ? [flaw(`${path}.host`, 'invalid destination host *')]
      : wildcardDomainFlaws(host, `${path}.host`)),
    ...(subset ? subsetNameFlaws(subset, `${path}.subset`) : []),
    ...(port ? portFlaws(port.number, `${path}.port.number`) : []),
  ]
}

/** The flaws every weighted list of destinations may have, and those `further` finds in an entry. */
export function weightedFlaws<T extends { destination?: Draft<Destination>; weight?: number }>(
  entries: readonly T[] | undefined,
  path: string,
  further: (entry: T, path: string) => Finding[] = () => [],
): Finding[] {
  const all = entries ?? []
  const flaws = all.flatMap((entry, index) => {
    const at = `${path}[${index}]`
    const { destination, weight = 0 } = entry
    return [
      // Printed as a list: it is the first error of the entry.
      ...(destination ? [] : [{ ...flaw(`${at}.destination`, 'destination is required'), listed: true as const }]),
      ...further(entry, at),
      ...destinationFlaws(destination, `${at}.destination`),
      ...(weight < 0 ? [flaw(`${at}.weight`, `weight ${weight} < 0`)] : []),
    ]
  })
  const total = all.reduce((sum, { weight = 0 }) => sum + weight, 0)
  return all.length > 1 && total === 0 ? [...flaws, flaw(path, 'total destination weight = 0')] : flaws
}
