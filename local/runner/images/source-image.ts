// Images built from the project's own folders: bundled once, found again without a build while no input changed.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundledWhenImported } from '../pool/preloads.ts'
import { failed } from '../types.ts'
import { type Bundle, type BundleRequest, bundle } from './bundler.ts'
import { readJson, writeAtomic } from './files.ts'
import type { Input, InputReader } from './inputs.ts'
import { type PackageReader, packageFolders } from './packages.ts'
import { sha256 } from './reference.ts'
import type { ImageStore } from './store.ts'

const entryFiles = ['app.ts', 'app.mts', 'app.js', 'app.mjs', 'index.ts', 'index.js']

// Part of every record: a change of how bundles are made asks for new ones.
const bundleFormat = 'bundle-7'

/** What the last build of a source was made of, and which image came out. */
interface BuildRecord {
  format: string
  serveModule: string
  digest: string
  inputs: Input[]
}

export interface SourceOptions {
  projectDir: string
  serveModule: string
  store: ImageStore
  inputs: InputReader
  packages: PackageReader
}

/** The digest of the image of `<suite>/<service>`. Rejects with `ImageNotFound` or `ImageBuildFailed`. */
export async function resolveSource(source: string, options: SourceOptions): Promise<string> {
  const recordPath = recordPathOf(source, options.store)
  return reuse(recordPath, options) ?? (await build(source, recordPath, options))
}

/** True when `<suite>/<service>` was built before, whatever became of its files since. */
export function isRecorded(source: string, store: ImageStore): boolean {
  return existsSync(recordPathOf(source, store))
}

const recordPathOf = (source: string, { dir }: ImageStore) => join(dir, 'sources', `${source.replace('/', '.')}.json`)

/** The module of a function's folder. */
export function findApp(source: string, projectDir: string): string {
  const folder = join(projectDir, 'functions', source)
  const app = entryFiles.map(file => join(folder, file)).find(file => existsSync(file))
  if (app) return app
  const missing = statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? `${folder} has no app.ts`
    : `there is no folder ${folder}`
  throw failed(
    'ImageNotFound',
    `image dev.local/${source} is built from functions/${source}/app.ts of the project, but ${missing}`,
  )
}

function reuse(recordPath: string, options: SourceOptions): string | undefined {
  const record = readJson<BuildRecord>(recordPath)
  if (record?.format !== bundleFormat || record.serveModule !== options.serveModule) return undefined
  const inputs = options.store.has(record.digest) ? options.inputs.unchanged(record.inputs) : undefined
  if (!inputs) return undefined
  const touched = inputs.some(({ mtimeMs }, index) => mtimeMs !== record.inputs[index]?.mtimeMs)
  if (touched) writeRecord(recordPath, { ...record, inputs })
  return record.digest
}

async function build(source: string, recordPath: string, options: SourceOptions): Promise<string> {
  const app = findApp(source, options.projectDir)
  const roots = [options.projectDir, dirname(options.serveModule)]
  const built = await bundleApp(
    {
      name: source,
      entry: entryOf(app, options.serveModule),
      projectDir: options.projectDir,
      keepExternals: true,
      nodePaths: packageFolders(roots),
    },
    dirname(options.serveModule),
  )
  const names = Object.keys(built.externals).sort()
  const packages = names.map(name => [name, options.packages.find(name)] as const)
  const externals = Object.fromEntries(packages.map(([name, found]) => [name, found?.version ?? 'absent']))
  const digest = sha256(built.code, JSON.stringify(externals))
  options.store.write(digest, { kind: 'bundle', source, externals }, built)
  const files = [...built.inputs, ...packages.flatMap(([, found]) => (found ? [found.manifest] : []))]
  const inputs = [...new Set(files)].flatMap(file => options.inputs.read(file) ?? [])
  writeRecord(recordPath, { format: bundleFormat, serveModule: options.serveModule, digest, inputs })
  return digest
}

/** Bundles once more, with the packages that only the function itself turned out to import. */
async function bundleApp(request: BundleRequest, library: string): Promise<Bundle> {
  const built = await bundle(request)
  const own = (files: string[] = []) => files.some(file => !file.startsWith(library))
  const bundled = bundledWhenImported.filter(name => own(built.externals[name]))
  return bundled.length > 0 ? bundle({ ...request, bundled }) : built
}

function entryOf(app: string, serveModule: string): string {
  return [
    `import * as app from ${JSON.stringify(app)}`,
    `import { serve } from ${JSON.stringify(serveModule)}`,
    'export const start = options => serve(app, options)',
  ].join('\n')
}

function writeRecord(path: string, record: BuildRecord): void {
  mkdirSync(dirname(path), { recursive: true })
  writeAtomic(path, JSON.stringify(record))
}
