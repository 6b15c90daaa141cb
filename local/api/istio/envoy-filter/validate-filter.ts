// Matches of network filters and of the HTTP filters inside them.
import { type Finding, flaw, warning } from '../finding.ts'
import type { FilterMatch } from './types.ts'

const connectionManager = 'envoy.filters.network.http_connection_manager'

export function filterFindings({ name, subFilter }: FilterMatch, applyTo: string, path: string): Finding[] {
  const ineffective = applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN'
  const wrong = name
    ? subFilter && subFilterFlaw(name, subFilter.name, applyTo)
    : 'filter match has no name to match on'
  return [
    ...(ineffective ? [warning(path, `Envoy filter: filter match has no effect when used with ${applyTo}`)] : []),
    ...(wrong ? [flaw(path, `Envoy filter: ${wrong}`)] : []),
  ]
}

function subFilterFlaw(filter: string, name: string | undefined, applyTo: string): string | undefined {
  if (applyTo !== 'HTTP_FILTER') return 'subfilter match can be used with applyTo HTTP_FILTER only'
  if (filter !== connectionManager && filter !== 'envoy.http_connection_manager') {
    return `subfilter match requires filter match with ${connectionManager}`
  }
  return name ? undefined : 'subfilter match has no name to match on'
}
