// Filter chains of one port are told apart by the names they are for: the first one of a name has it.
import type { FilterChain } from '../../table/mesh-table.ts'
import type { CompileSettings } from '../compile-settings.ts'

/** Envoy takes no two chains with one name: what comes later is left out, and told. */
export function distinctChains(
  chains: readonly FilterChain[],
  port: number,
  { onRefusal }: Pick<CompileSettings, 'onRefusal'>,
): FilterChain[] {
  const taken = new Set<string>()
  return chains.filter(({ serverNames, tcp }) => {
    const names = serverNames.map(name => name.toLowerCase())
    const twice = names.find(name => taken.has(name))
    if (twice === undefined) for (const name of names) taken.add(name)
    else onRefusal({ where: placeOf(tcp?.origin, port), message: `host ${twice} already has a server at port ${port}` })
    return twice === undefined
  })
}

function placeOf(origin: NonNullable<FilterChain['tcp']>['origin'] | undefined, port: number): string {
  return origin ? `${origin.kind} ${origin.namespace}/${origin.name} ${origin.path}` : `port ${port} of the gateway`
}
