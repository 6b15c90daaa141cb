// What `get KIND…` asks for: names of kinds, as people write them, resolved to kinds and object names.
import type { Kind } from '../../../api/kind.ts'
import type { Registry } from '../../../api/registry.ts'
import { exitCodes, SkiffError } from '../../../kernel/errors.ts'

export interface Selection {
  kind: Kind
  /** One object; all when left out. */
  name?: string
}

/**
 * Resolves `ksvc`, `ksvc,rt`, `ksvc/hello`, a category such as `all`, or a kind followed by names.
 * Throws a usage error for a kind the API does not serve.
 */
export function selectKinds(registry: Registry, what: string, names: readonly string[]): Selection[] {
  if (what.includes('/')) return [what, ...names].map(one => selectObject(registry, one))
  const kinds = what.split(',').flatMap(name => kindsOf(registry, name))
  return names.length > 0 ? kinds.flatMap(kind => names.map(name => ({ kind, name }))) : kinds.map(kind => ({ kind }))
}

function selectObject(registry: Registry, text: string): Selection {
  const [what = '', name = '', ...rest] = text.split('/')
  const kind = registry.byName(what)
  if (!kind) throw unknownKind(registry, what)
  if (name === '' || rest.length > 0)
    throw new SkiffError(`name one object as KIND/NAME, got "${text}"`, exitCodes.usage)
  return { kind, name }
}

function kindsOf(registry: Registry, name: string): Kind[] {
  const kind = registry.byName(name)
  const found = kind ? [kind] : registry.kinds.filter(one => one.categories?.includes(name))
  if (found.length === 0) throw unknownKind(registry, name)
  return found
}

function unknownKind(registry: Registry, name: string): SkiffError {
  const known = new Set(registry.kinds.map(one => one.plural))
  return new SkiffError(`the API has no kind "${name}"; known are ${[...known].join(', ')}`, exitCodes.usage)
}
