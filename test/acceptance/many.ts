// Many requests at once, and what to make of their counts.
import { expect } from 'vitest'

const parallel = 25

/** The results of `count` calls, so many at a time that a split shows soon and the machine still breathes. */
export async function many<T>(count: number, call: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let left = count
  const worker = async () => {
    while (left-- > 0) results.push(await call())
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return results
}

/** How often each value is there. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** Fails when a draw of this probability would give such a count less than once in a million runs (five sigma). */
export function expectShare(count: number | undefined, of: number, probability: number): void {
  const sigma = Math.sqrt(of * probability * (1 - probability))
  expect(Math.abs((count ?? 0) - of * probability)).toBeLessThan(5 * sigma)
}
