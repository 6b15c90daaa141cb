// Reads what a world is made of: files, folders, patterns such as `istio/relay/**`, and objects.
import { glob } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { createRegistry } from '../api/registry.ts'
import type { ReadResult } from '../manifests/read.ts'
import { readManifests, readSources } from '../manifests/read.ts'

/** Objects are called `object 1`, `object 2`, … in flaws. Rejects when a pattern finds nothing. */
export async function readGiven(given: readonly (string | object)[], cwd: string): Promise<ReadResult> {
  const paths = await expandPaths(
    given.filter(one => typeof one === 'string'),
    cwd,
  )
  const options = { registry: createRegistry(), base: cwd, repeats: true }
  const sources = given
    .filter(one => typeof one !== 'string')
    .map((object, index) => ({ file: `object ${index + 1}`, text: JSON.stringify(object, null, 2) }))
  const files = await readManifests(paths, options)
  const written = readSources(sources, options)
  return { documents: [...files.documents, ...written.documents], errors: [...files.errors, ...written.errors] }
}

async function expandPaths(paths: readonly string[], cwd: string): Promise<string[]> {
  const found = await Promise.all(paths.map(path => (path.includes('*') ? matching(path, cwd) : [resolve(cwd, path)])))
  return found.flat()
}

/** The YAML files a pattern stands for, in order of their names. */
async function matching(pattern: string, cwd: string): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd })) if (isManifest(file)) files.push(resolve(cwd, file))
  if (files.length === 0) throw new Error(`no YAML file fits ${pattern} in ${cwd}`)
  return files.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** What Kustomize reads is no object of a cluster. */
function isManifest(file: string): boolean {
  return /\.ya?ml$/.test(file) && basename(file) !== 'kustomization.yaml'
}
