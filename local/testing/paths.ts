// Patterns of manifests: `istio/relay/**`, `istio/*.yaml`, folders and files.
import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Absolute paths; a pattern stands for its YAML files in order of their names. Rejects when one finds nothing. */
export async function expandPaths(paths: readonly string[], cwd: string): Promise<string[]> {
  const found = await Promise.all(paths.map(path => (path.includes('*') ? matching(path, cwd) : [resolve(cwd, path)])))
  return found.flat()
}

async function matching(pattern: string, cwd: string): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd })) if (/\.ya?ml$/.test(file)) files.push(resolve(cwd, file))
  if (files.length === 0) throw new Error(`no YAML file fits ${pattern} in ${cwd}`)
  return files.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
