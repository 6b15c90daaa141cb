// Flaws in the words of Knative's webhooks, and the paths they stand at.
import type { FieldError } from '../../kernel/errors.ts'

export const disallowed = (path: string): FieldError => ({ path, message: 'must not set the field(s)' })

export const invalidValue = (value: unknown, path: string, details?: string): FieldError => ({
  path,
  message: `invalid value: ${value}`,
  ...(details ? { details } : {}),
})

export const outOfBounds = (value: unknown, least: unknown, most: unknown, path: string): FieldError => ({
  path,
  message: `expected ${least} <= ${value} <= ${most}`,
})

/** None, or more than one, of fields that exclude each other. */
export function exactlyOne(set: readonly string[], choices: readonly string[], at: string): FieldError[] {
  const paths = (names: readonly string[]) =>
    names
      .map(name => `${at}.${name}`)
      .sort()
      .join(', ')
  if (set.length === 0) return [{ path: paths(choices), message: 'expected exactly one, got neither' }]
  return set.length > 1 ? [{ path: paths(set), message: 'expected exactly one, got both' }] : []
}

/** The largest number Kubernetes keeps in an int32. */
export const largestInt32 = 2_147_483_647
