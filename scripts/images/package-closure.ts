// What a package needs to run: itself and everything below it, as node_modules resolves them.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One installed package. */
export interface InstalledPackage {
  name: string
  version: string
  license: string
  /** Relative to the project: `node_modules/a`, or `node_modules/a/node_modules/b` for a second version. */
  folder: string
}

interface Manifest {
  name?: string
  version?: string
  license?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** The packages named and all they depend on, by folder. Throws when one that is not optional is not installed. */
export function packageClosure(projectDir: string, names: readonly string[]): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>()
  const visit = (name: string, from: string, optional: boolean) => {
    const folder = resolveFolder(projectDir, name, from)
    if (!folder && optional) return
    if (!folder) throw new Error(`the package ${name} is not installed: npm ci`)
    if (found.has(folder)) return
    const manifest = readManifest(join(projectDir, folder))
    found.set(folder, described(manifest, name, folder))
    const optionals = Object.keys(manifest.optionalDependencies ?? {})
    for (const each of Object.keys(manifest.dependencies ?? {})) visit(each, folder, optionals.includes(each))
    for (const each of optionals) visit(each, folder, true)
  }
  for (const name of names) visit(name, '', false)
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** The packages that files below node_modules belong to. */
export function packagesOf(projectDir: string, files: readonly string[]): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>()
  for (const file of files) {
    const [, folder = '', name = ''] = /((?:.*?node_modules\/)*.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(file) ?? []
    if (folder && !found.has(folder)) found.set(folder, described(readManifest(join(projectDir, folder)), name, folder))
  }
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** As Node looks it up: beside the one that asks, then upwards. */
function resolveFolder(projectDir: string, name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const base = at === '.' ? '' : at
    const folder = join(base, 'node_modules', name)
    if (!base.endsWith('node_modules') && existsSync(join(projectDir, folder, 'package.json'))) return folder
    if (base === '') return undefined
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function described({ version = 'unknown', license }: Manifest, name: string, folder: string): InstalledPackage {
  return { name, version, license: typeof license === 'string' ? license : 'NOASSERTION', folder }
}
