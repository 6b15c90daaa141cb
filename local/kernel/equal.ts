// Whether two JSON values are the same: what decides if a write changes anything.

/** Structural equality of JSON values; an absent field equals `undefined`. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  for (const key of Object.keys(left)) if (!equal(left[key], right[key])) return false
  return Object.keys(right).every(key => right[key] === undefined || Object.hasOwn(left, key))
}
