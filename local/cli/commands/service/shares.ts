// Shares of a service's traffic as pure functions: who gets how much when somebody's share is set.
import type { TrafficTarget } from '../../../api/serving/types.ts'

/** A target with its revision found out, as a service's status lists it. */
export type Target = Pick<TrafficTarget, 'tag' | 'latestRevision' | 'revisionName'> & { percent: number }

/** All that a service sends its traffic to, the revision of each put in. */
export function targetsOf(status: readonly TrafficTarget[] | undefined): Target[] {
  return (status ?? []).map(({ tag, latestRevision, revisionName, percent = 0 }) => ({
    ...(tag ? { tag } : {}),
    ...(latestRevision ? { latestRevision } : {}),
    ...(revisionName ? { revisionName } : {}),
    percent,
  }))
}

/**
 * Whole numbers in the proportion of `weights` that add up to `total`; the largest remainders are rounded up. Weights
 * that are all zero count as one for the first.
 */
export function proportional(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, one) => all + one, 0)
  if (sum === 0) return weights.map((_, index) => (index === 0 ? total : 0))
  const exact = weights.map(one => (one * total) / sum)
  const shares = exact.map(Math.floor)
  const missing = total - shares.reduce((all, one) => all + one, 0)
  const byRemainder = exact
    .map((one, index) => ({ index, rest: one - Math.floor(one) }))
    .sort((a, b) => b.rest - a.rest)
  for (const { index } of byRemainder.slice(0, missing)) shares[index] = (shares[index] ?? 0) + 1
  return shares
}

/** Targets that get nothing stay only for their tags. */
function needed(targets: readonly Target[]): Target[] {
  return targets.filter(one => one.percent > 0 || one.tag)
}

/** Every target holds on to the revision it has now: a newer one takes nothing from it. */
function pinned(targets: readonly Target[]): Target[] {
  return targets.map(({ latestRevision: _, ...one }) => one)
}

function withoutTag(targets: readonly Target[], tag: string | undefined): Target[] {
  return targets.map(one => {
    if (tag === undefined || one.tag !== tag) return one
    const { tag: _, ...rest } = one
    return rest
  })
}

/**
 * The traffic once a new revision comes. With `percent` it gets that much as the latest and the others keep their
 * proportion of the rest, pinned; without it nothing moves but what follows the latest revision anyway. The tag goes to
 * the new revision and leaves whoever had it.
 */
export function trafficForNew(now: readonly Target[], { percent, tag }: { percent?: number; tag?: string }): Target[] {
  const others = withoutTag(now, tag)
  const named = tag ? { tag } : {}
  if (percent !== undefined) {
    const shares = proportional(
      others.map(one => one.percent),
      100 - percent,
    )
    const kept = pinned(others).map((one, index) => ({ ...one, percent: shares[index] ?? 0 }))
    return [...needed(kept), { latestRevision: true, percent, ...named }]
  }
  const following = others.map(specified)
  if (!tag) return following
  const at = following.findIndex(one => one.latestRevision && !one.tag)
  if (at < 0) return [...following, { latestRevision: true, percent: 0, tag }]
  return following.map((one, index) => (index === at ? { ...one, tag } : one))
}

/** A share somebody set: of the latest revision, or of a revision by name. */
export interface Share {
  latestRevision?: true
  revisionName?: string
  percent: number
}

/**
 * The traffic once some shares are set; those not named keep their proportion of the rest. Throws a plain `Error` when
 * the shares are more than everything, or less and nobody is left to take the rest.
 */
export function trafficWith(now: readonly Target[], shares: readonly Share[]): Target[] {
  const given = shares.reduce((sum, one) => sum + one.percent, 0)
  if (given > 100) throw new Error(`the shares add up to ${given}; together they are 100 at most`)
  const left = [...shares]
  const places = now.map(target => {
    const at = left.findIndex(share => isFor(share, target))
    return { target, share: at < 0 ? undefined : left.splice(at, 1)[0], named: shares.some(one => isFor(one, target)) }
  })
  const rest = places.filter(({ named }) => !named)
  if (given < 100 && rest.length === 0) throw new Error(`the shares add up to ${given}, and nobody takes the rest`)
  const restShares = proportional(
    rest.map(({ target }) => target.percent),
    100 - given,
  )
  const moved = places.map(({ target, share, named }) => {
    // A revision that is listed twice, with a tag and without, gets its share once.
    const percent = named ? (share?.percent ?? 0) : (restShares[rest.findIndex(one => one.target === target)] ?? 0)
    // Who is named by its revision stays with that revision.
    const [held = target] = share?.revisionName ? pinned([target]) : []
    return { ...specified(held), percent }
  })
  return needed([...moved, ...left])
}

function isFor(share: Share, target: Target): boolean {
  if (share.latestRevision) return target.latestRevision === true
  return share.revisionName === target.revisionName
}

/** As a spec may say it: the latest revision has no name there. */
export function specified({ revisionName, ...target }: Target): Target {
  return target.latestRevision ? target : { ...target, ...(revisionName ? { revisionName } : {}) }
}
