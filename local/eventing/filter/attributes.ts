// The attributes filter of a trigger: every named attribute has exactly that value; an empty value stands for any.
import type { Filter } from './filter.ts'

/** All of `wanted` must match; an attribute the event lacks matches nothing, not even the empty value. */
export function attributesFilter(wanted: Readonly<Record<string, string>>): Filter {
  const pairs = Object.entries(wanted)
  return ({ attributes }) => pairs.every(([name, value]) => matches(attributes[name], value))
}

function matches(actual: string | undefined, wanted: string): boolean {
  return actual !== undefined && (wanted === '' || actual === wanted)
}
