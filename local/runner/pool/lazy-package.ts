// A package of which the parts most functions use are loaded ahead, and the rest with the first use of it.

/**
 * An object that looks like the package: reading a name of `parts` gives the part, reading any other of `names` loads
 * the whole. `names` are all that the package exports.
 */
export function lazyPackage(
  names: readonly string[],
  parts: Readonly<Record<string, unknown>>,
  whole: () => Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const read = (name: string) => (Object.hasOwn(parts, name) ? parts[name] : whole()[name])
  const getters = names.map(name => [name, { enumerable: true, get: () => read(name) }] as const)
  return Object.defineProperties({}, Object.fromEntries(getters))
}
