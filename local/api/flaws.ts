// Flaws as Knative's webhooks make and print them, whatever the group.
import type { FieldError } from '../kernel/errors.ts'
import type { ObjectReference } from '../kernel/object.ts'

export const missing = (path: string): FieldError => ({ path, message: 'missing field(s)' })

/** Sorted by sentence, those of one sentence as one with all its paths (knative.dev/pkg apis/field_error.go). */
export function inPrintOrder(flaws: readonly FieldError[]): FieldError[] {
  const merged = new Map<string, FieldError & { paths: string[] }>()
  for (const flaw of flaws) {
    const key = `${flaw.message}\0${flaw.details ?? ''}`
    const same = merged.get(key)
    if (same) same.paths.push(flaw.path)
    else merged.set(key, { ...flaw, paths: [flaw.path] })
  }
  const keys = [...merged.keys()].sort()
  return keys
    .flatMap(key => merged.get(key) ?? [])
    .map(({ paths, ...flaw }) => ({ ...flaw, path: paths.sort().join(', ') }))
}

/** Flaws of a reference: apiVersion, kind, name and (by then defaulted) namespace must stand. */
export function referenceFlaws(ref: Partial<ObjectReference>, path: string): FieldError[] {
  const needed = ['name', 'namespace', 'kind', 'apiVersion'] as const
  return needed.filter(field => !ref[field]).map(field => missing(`${path}.${field}`))
}
