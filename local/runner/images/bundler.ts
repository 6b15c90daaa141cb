// Calls esbuild: sources in, CommonJS bundles and what they were made of out.
import { realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join as joinPath, relative, resolve, sep } from 'node:path'
import type { BuildFailure, BuildResult, Loader, Metafile, Plugin } from 'esbuild'
import { isExternal } from '../pool/preloads.ts'
import { failed } from '../types.ts'
import { joined } from './joined.ts'

export interface Bundle {
  /** As it goes to disk: as text it would be decoded and encoded again, a megabyte each. */
  code: Uint8Array
  /** Where its lines come from (source map v3, paths relative to the project); undefined for a compact bundle. */
  map: Uint8Array | undefined
  /** Every file that went in, absolute. */
  inputs: string[]
  /** Specifiers the bundle still requires, builtin modules left out, with the files that import them. */
  externals: Record<string, string[]>
}

export interface BundleRequest {
  /** The text of the entry module, which need not exist as a file. */
  entry: string
  /** Tells it from what is built beside it; a part of the code. */
  name: string
  /** Paths in the bundle are written relative to this folder, so that its place does not change the digest. */
  projectDir: string
  /** Whether preloaded packages and drivers stay imports. */
  keepExternals: boolean
  /** Packages that are bundled although they would stay imports. */
  bundled?: readonly string[]
  /** Folders searched for packages that the project itself does not have. */
  nodePaths?: string[]
  /** Leaves out what only a reader of the bundle needs. */
  compact?: boolean
  /** What else decides about modules. */
  plugins?: readonly Plugin[]
}

// Data a function imports: text becomes a string, the rest bytes.
const dataLoaders: Record<string, Loader> = {
  '.html': 'text',
  '.txt': 'text',
  '.svg': 'text',
  '.graphql': 'text',
  '.proto': 'text',
}

let building = 0

/**
 * Bundles a request's entry. What is asked for while a build runs is built together, so that files which several
 * functions share are read once. Rejects with reason `ImageBuildFailed` and esbuild's messages as
 * `file:line:column: text`.
 */
export function bundle(request: BundleRequest): Promise<Bundle> {
  // Plugins may tell one entry from another.
  return request.plugins ? buildAll([request]).then(([built]) => built as Bundle) : join(request)
}

const join = joined(
  ({ entry: _entry, name: _name, ...settings }: BundleRequest) => JSON.stringify(settings),
  requests => buildAll(requests),
)

async function buildAll(requests: readonly BundleRequest[]): Promise<Bundle[]> {
  const [settings] = requests
  if (!settings) return []
  // esbuild names files by their real paths: they are relative to the project only where its own path is real too.
  const projectDir = realpathSync(settings.projectDir)
  const { build, stop } = await import('esbuild')
  building++
  try {
    const result = await build(optionsOf(requests, settings, projectDir)).then(built =>
      lacksPlaces(built) ? build(optionsOf(requests, settings, projectDir, true)) : built,
    )
    return requests.map(({ name }, index) => bundleOf(result, name, joinPath(projectDir, `${index}.cjs`), projectDir))
  } catch (error) {
    throw failed('ImageBuildFailed', buildMessage(error))
  } finally {
    // The service of esbuild is a process of some 20 MiB: it must not outlive its work.
    if (--building === 0) void stop()
  }
}

function optionsOf(
  requests: readonly BundleRequest[],
  settings: BundleRequest,
  projectDir: string,
  placesOfJavaScript = false,
) {
  return {
    entryPoints: requests.map(({ name }, index) => ({ in: entryScheme + name, out: String(index) })),
    absWorkingDir: projectDir,
    // Nothing is written there: it is what the maps' paths are relative to.
    outdir: projectDir,
    outExtension: { '.js': '.cjs' },
    sourcemap: settings.compact ? false : ('external' as const),
    sourcesContent: false,
    bundle: true,
    platform: 'node' as const,
    format: 'cjs' as const,
    target: 'node24',
    // V8 holds ASCII text in half the memory.
    charset: 'ascii' as const,
    legalComments: 'none' as const,
    write: false as const,
    metafile: true as const,
    logLevel: 'silent' as const,
    supported: { 'dynamic-import': false },
    loader: dataLoaders,
    nodePaths: settings.nodePaths ?? [],
    minifyWhitespace: settings.compact ?? false,
    minifySyntax: settings.compact ?? false,
    plugins: [
      entries(requests, projectDir),
      sourcePlaces(projectDir, placesOfJavaScript),
      ...(settings.keepExternals ? [externals(settings.bundled)] : []),
      ...(settings.plugins ?? []),
    ],
  }
}

/** What the paths of entries begin with. */
const entryScheme = 'entry:'

function entries(requests: readonly BundleRequest[], projectDir: string): Plugin {
  const filter = /^entry:/
  const texts = new Map(requests.map(({ name, entry }) => [entryScheme + name, entry]))
  return {
    name: 'entries',
    setup(build) {
      build.onResolve({ filter }, ({ path }) => ({ path: path.slice(entryScheme.length), namespace: 'entry' }))
      build.onLoad({ filter: /./, namespace: 'entry' }, ({ path }) => ({
        contents: texts.get(entryScheme + path) ?? '',
        resolveDir: projectDir,
        loader: 'js',
      }))
    },
  }
}

type Built = BuildResult<{ write: false; metafile: true }>

function bundleOf({ outputFiles, metafile }: Built, name: string, file: string, projectDir: string): Bundle {
  const output = (wanted: string) => outputFiles.find(({ path }) => path === wanted)
  const own = reachable(metafile, entryScheme + name)
  return {
    code: output(file)?.contents ?? new Uint8Array(),
    map: output(`${file}.map`)?.contents,
    inputs: inputsOf(own, projectDir),
    externals: externalsOf(own, projectDir),
  }
}

/** The inputs of one entry, itself left out. */
function reachable({ inputs }: Metafile, entry: string): Metafile['inputs'] {
  const found: Metafile['inputs'] = {}
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const input = inputs[path]
    if (!input || path in found) continue
    found[path] = input
    open.push(...input.imports.filter(({ external }) => !external).map(each => each.path))
  }
  delete found[entry]
  return found
}

function externals(bundled: readonly string[] = []): Plugin {
  return {
    name: 'externals',
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) =>
        isExternal(path, importer, bundled) ? { path, external: true } : undefined,
      )
    },
  }
}

/** True where esbuild put an empty object in place of an `import.meta`. */
function lacksPlaces({ outputFiles }: Pick<Built, 'outputFiles'>): boolean {
  const code = outputFiles.filter(
    ({ path, contents }) => path.endsWith('.cjs') && bytesOf(contents).includes('import_meta'),
  )
  return code.some(({ text }) => /\bimport_meta\d*\s*=\s*\{\}/.test(text))
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

/**
 * `import.meta` has no meaning in CommonJS: its fields become those of the source file, looked up when the bundle runs.
 * Reading each file for it takes a quarter of a build, and packages, which are JavaScript, hardly ever have one.
 */
function sourcePlaces(projectDir: string, ofJavaScript: boolean): Plugin {
  return {
    name: 'source-places',
    setup(build) {
      const filter = ofJavaScript ? /\.m?[jt]sx?$/ : /\.m?tsx?$/
      build.onLoad({ filter }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        if (!source.includes('import.meta')) return undefined
        const place = JSON.stringify(relative(projectDir, path).split(sep).join('/'))
        const contents = source
          .replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, `__source(${place}).$1`)
          .replaceAll(/\bimport\.meta\.main\b/g, 'false')
        return { contents, loader: loaderOf(path) }
      })
    },
  }
}

function loaderOf(path: string): Loader {
  const [, type = 'js', jsx = ''] = /\.[mc]?([jt]s)(x?)$/.exec(path) ?? []
  return `${type}${jsx}` as Loader
}

function inputsOf(inputs: Metafile['inputs'], projectDir: string): string[] {
  return Object.keys(inputs)
    .filter(input => !input.startsWith('('))
    .map(input => resolve(projectDir, input))
}

function externalsOf(inputs: Metafile['inputs'], projectDir: string): Record<string, string[]> {
  const externals: Record<string, string[]> = {}
  for (const [input, { imports }] of Object.entries(inputs)) {
    for (const { path, external } of imports) {
      if (!external || path.startsWith('node:') || builtinModules.includes(path)) continue
      externals[path] = [...(externals[path] ?? []), resolve(projectDir, input)]
    }
  }
  return externals
}

function buildMessage(error: unknown): string {
  const errors = (error as Partial<BuildFailure>).errors
  if (!errors?.length) return error instanceof Error ? error.message : String(error)
  return errors
    .map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    )
    .join('\n')
}
