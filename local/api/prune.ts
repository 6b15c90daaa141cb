// Fields nobody knows, taken out of an object as the API server prunes them.
import type { Json } from '../kernel/object.ts'
import type { SchemaFlaw } from './schema.ts'

/** A copy without the fields that the flaws name. */
export function withoutFields<T>(object: T, flaws: readonly SchemaFlaw[]): T {
  const copy = structuredClone(object)
  for (const { path } of flaws) remove(copy as Json, stepsOf(path))
  return copy
}

/** `spec.traffic[0].tagg` as its steps. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, name, key]) => name ?? key ?? '')
}

function remove(value: Json | undefined, [step, ...rest]: string[]): void {
  if (step === undefined || typeof value !== 'object' || value === null) return
  const container = value as { [key: string]: Json }
  if (!Object.hasOwn(container, step)) return
  if (rest.length > 0) remove(container[step], rest)
  else delete container[step]
}
