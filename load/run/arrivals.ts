// When requests of the open model are due.
import type { Random } from '../../local/kernel/random.ts'
import type { Model } from './profile.ts'

/** Gives the due time of one request after the other, in milliseconds from the start of the run; the first is due at 0. */
export type Arrivals = () => number

/** Evenly spaced, or at random as independent customers arrive (a Poisson process of the same mean). */
export function arrivals({ perSecond, arrivals: kind }: Model & { kind: 'open' }, random: Random): Arrivals {
  const gap = 1_000 / perSecond
  let sent = 0
  if (kind !== 'random') return () => sent++ * gap
  let due = 0
  return () => {
    if (sent++ > 0) due -= Math.log(1 - random.next()) * gap
    return due
  }
}
