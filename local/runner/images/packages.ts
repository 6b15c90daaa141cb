// Versions of the packages a bundle leaves outside: they are part of its digest.
import { existsSync, readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { packageOf } from '../pool/preloads.ts'

export interface InstalledPackage {
  version: string
  /** Its package.json, which changes when another version is installed. */
  manifest: string
}

/** The package `specifier` names, as seen from the first of `roots` that has it; undefined when none has. */
export function installedPackage(specifier: string, roots: readonly string[]): InstalledPackage | undefined {
  for (const root of roots) {
    const manifest = findManifest(packageOf(specifier), root)
    if (!manifest) continue
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }
    return { version: version ?? 'unknown', manifest }
  }
  return undefined
}

export interface PackageReader {
  /** As `installedPackage`. */
  find(specifier: string): InstalledPackage | undefined
  /** Ends a round. */
  forget(): void
}

/** Looks each package up once a round: bundles made together leave out the same ones. */
export function createPackageReader(roots: readonly string[]): PackageReader {
  const seen = new Map<string, InstalledPackage | undefined>()
  return {
    find(specifier) {
      const name = packageOf(specifier)
      if (!seen.has(name)) seen.set(name, installedPackage(name, roots))
      return seen.get(name)
    },
    forget: () => seen.clear(),
  }
}

/** The node_modules folders above `roots`, nearest first: where a project finds what it did not install itself. */
export function packageFolders(roots: readonly string[]): string[] {
  const folders = roots.flatMap(root => foldersAbove(root).map(folder => join(folder, 'node_modules')))
  return [...new Set(folders)].filter(folder => existsSync(folder))
}

function foldersAbove(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)]
}

function findManifest(name: string, root: string): string | undefined {
  try {
    return findPackageJSON(name, join(root, 'package.json'))
  } catch {
    return undefined
  }
}
