// Puts facts in the order in which they led to each other, whatever the clocks and the broker made of it.

export interface Told {
  id: string
  /** The id of the fact that led to it; empty for a first one. */
  cause: string
  /** RFC 3339. */
  time: string
}

/** Causes before their effects; among those that are free to come next, the earlier first. */
export function inCausalOrder<T extends Told>(facts: readonly T[]): T[] {
  const known = new Set(facts.map(({ id }) => id))
  const effects = Map.groupBy(facts, ({ cause }) => (known.has(cause) ? cause : ''))
  const ordered: T[] = []
  const placed = new Set<string>()
  const next = [...(effects.get('') ?? [])]
  for (;;) {
    next.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
    const first = next.shift()
    if (!first) return [...ordered, ...facts.filter(({ id }) => !placed.has(id))]
    if (placed.has(first.id)) continue
    placed.add(first.id)
    ordered.push(first)
    next.push(...(effects.get(first.id) ?? []))
  }
}
