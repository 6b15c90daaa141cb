// Which revisions of a configuration are no longer worth keeping: a pure decision.

import type { GcConfig } from '../../api/serving/config/gc.ts'
import { annotations, labels } from '../../api/serving/labels.ts'
import type { Configuration, Revision } from '../../api/serving/types.ts'

/**
 * The revisions to delete at `now` (milliseconds), oldest first: stale ones as far as the minimum is kept, then the
 * oldest beyond the maximum. Revisions with traffic, the latest ready one, and those marked no-gc always stay (gc.go).
 */
export function revisionsToDelete(
  config: GcConfig,
  configuration: Configuration,
  revisions: readonly Revision[],
  now: number,
): Revision[] {
  const idle = revisions.filter(one => !isActive(one, configuration)).sort((a, b) => lastActive(a) - lastActive(b))
  const spare = Math.max(0, idle.length - config.minNonActive)
  const stale = idle.filter(one => isStale(config, one, now)).slice(0, spare)
  const { maxNonActive = Number.POSITIVE_INFINITY } = config
  const excess = Math.max(0, idle.length - stale.length - maxNonActive)
  const rest = idle.filter(one => !stale.includes(one))
  return [...stale, ...rest.slice(0, excess)]
}

function isActive({ metadata }: Revision, configuration: Configuration): boolean {
  if (configuration.status?.latestReadyRevisionName === metadata.name) return true
  if (metadata.annotations?.[annotations.noGc]?.toLowerCase() === 'true') return true
  return metadata.labels?.[labels.routingState] !== 'reserve'
}

function isStale({ retainSinceCreateMs, retainSinceActiveMs }: GcConfig, revision: Revision, now: number): boolean {
  if (retainSinceCreateMs === undefined && retainSinceActiveMs === undefined) return false
  const created = Date.parse(revision.metadata.creationTimestamp ?? '')
  if (retainSinceCreateMs !== undefined && now - created < retainSinceCreateMs) return false
  return retainSinceActiveMs === undefined || now - lastActive(revision) >= retainSinceActiveMs
}

/** When traffic last came or went; when it was made if there never was any. */
function lastActive({ metadata }: Revision): number {
  return Date.parse(metadata.annotations?.[annotations.routingStateModified] ?? metadata.creationTimestamp ?? '')
}
