// Which instance a request goes to: the first with room when places are few, else the lesser loaded of two.
import type { Random } from '../../kernel/random.ts'

export interface Loaded {
  /** Requests it holds. */
  readonly inFlight: number
}

/**
 * The choice among `instances`; undefined when none has room. With a limit the first one with room, so that the others
 * can go; without one the better of two drawn at random (activator/net/lb_policy.go). A limit of 0 is none.
 */
export function choose<T extends Loaded>(instances: readonly T[], limit: number, random: Random): T | undefined {
  if (limit > 0) return instances.find(instance => instance.inFlight < limit)
  if (instances.length < 2) return instances[0]
  const first = draw(instances.length, random)
  const second = (first + 1 + draw(instances.length - 1, random)) % instances.length
  const [one, other] = [instances[first], instances[second]]
  return one && other && other.inFlight < one.inFlight ? other : one
}

const draw = (count: number, random: Random) => Math.floor(random.next() * count)
