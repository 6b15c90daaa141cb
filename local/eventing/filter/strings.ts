// The dialects exact, prefix and suffix: each compares strings of named attributes, all of which must match.
import type { Judge } from './verdict.ts'

type Compare = (actual: string, wanted: string) => boolean

export const stringDialects = {
  exact: (actual, wanted) => actual === wanted,
  prefix: (actual, wanted) => actual.startsWith(wanted),
  suffix: (actual, wanted) => actual.endsWith(wanted),
} as const satisfies Record<string, Compare>

/**
 * A judge of the attributes `wanted`; a missing one fails. Undefined when a value is empty: Knative leaves such a
 * filter out (eventing pkg/eventfilter/subscriptionsapi/create.go).
 */
export function stringFilter(compare: Compare, wanted: Readonly<Record<string, string>>): Judge | undefined {
  const pairs = Object.entries(wanted)
  if (pairs.some(([, value]) => value === '')) return undefined
  return ({ attributes }) => {
    const matches = pairs.every(([name, value]) => {
      const actual = attributes[name]
      return actual !== undefined && compare(actual, value)
    })
    return matches ? 'pass' : 'fail'
  }
}
