// Versions of the packages a bundle leaves outside: they are part of its digest.
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { join } from 'node:path'
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

function findManifest(name: string, root: string): string | undefined {
  try {
    return findPackageJSON(name, join(root, 'package.json'))
  } catch {
    return undefined
  }
}
