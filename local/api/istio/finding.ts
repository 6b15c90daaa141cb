// What validation finds in a spec, and the one text Istio's webhook makes of all errors.
import type { FieldError } from '../../kernel/errors.ts'

/** An error, or a warning: something the webhook says aloud and lets pass. */
export interface Finding extends FieldError {
  warning?: true
  /** The webhook prints it as a list even when it is the only error. */
  listed?: true
}

/** An error, in the words of Istio's validation. */
export const flaw = (path: string, message: string): Finding => ({ path, message })
export const listedFlaw = (path: string, message: string): Finding => ({ path, message, listed: true })
export const warning = (path: string, message: string): Finding => ({ path, message, warning: true })

/** One flaw when the condition holds. */
export const flawIf = (wrong: boolean, path: string, message: string): Finding[] => (wrong ? [flaw(path, message)] : [])

export const isError = (finding: Finding): boolean => !finding.warning

/** All errors as the webhook joins them: one as it is, several as a counted list (hashicorp/go-multierror). */
export function joinedText(errors: readonly Finding[]): string {
  const [first] = errors
  if (errors.length === 1 && first && !first.listed) return first.message
  const lines = errors.map(({ message }) => `\t* ${message}\n`).join('')
  return `${errors.length} error${errors.length === 1 ? '' : 's'} occurred:\n${lines}\n`
}

/** The items of a list with the paths they stand at. */
export function eachItem<T>(
  items: readonly T[] | undefined,
  path: string,
  check: (item: T, path: string, index: number) => Finding[],
): Finding[] {
  return (items ?? []).flatMap((item, index) => check(item, `${path}[${index}]`, index))
}

/** The entries of a map with the paths they stand at. */
export function eachEntry<T>(
  entries: Record<string, T> | undefined,
  path: string,
  check: (value: T, key: string, path: string) => Finding[],
): Finding[] {
  return Object.entries(entries ?? {}).flatMap(([key, value]) => check(value, key, `${path}[${key}]`))
}

/** A text as Go's `%q` writes it. */
export const quoted = (text: string): string => JSON.stringify(text)
