// Which files are manifests: those named, and what lies below folders that are named.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ManifestError } from './manifest.ts'

/** Folders whose files are applied on demand, one rule set at a time, or serve real clusters alone. */
const skippedFolders = new Set(['rules', 'overlays', 'exercises'])

/** A project's folders in the order they are applied: rules before what they are for, brokers before what sends to them, functions last. */
const projectFolders = ['istio', 'eventing', 'knative']

/** The manifests of a project: what lies in its folders, each optional. */
export async function projectFiles(project: string): Promise<string[]> {
  const files = await Promise.all(projectFolders.map(folder => filesBelow(join(project, folder))))
  return files.flat()
}

/** Files of `paths` in the order given, those below a folder by name (numbers by value). Missing paths are errors. */
export async function manifestFiles(paths: string[]): Promise<{ files: string[]; errors: ManifestError[] }> {
  const files = new Set<string>()
  const errors: ManifestError[] = []
  for (const path of paths) {
    const found = await filesAt(path)
    if (found.length === 0) errors.push({ file: path, message: 'no such file, or a folder without *.yaml files' })
    for (const file of found) files.add(file)
  }
  return { files: [...files], errors }
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return []
  return found.isDirectory() ? filesBelow(path) : [path]
}

const byName = new Intl.Collator('en', { numeric: true })

/** The `*.yaml` files below a folder; none when there is no such folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  entries.sort((a, b) => byName.compare(a.name, b.name))
  const nested = await Promise.all(
    entries.map(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : filesBelow(path)
      return entry.name.endsWith('.yaml') && entry.name !== 'kustomization.yaml' ? [path] : []
    }),
  )
  return nested.flat()
}
