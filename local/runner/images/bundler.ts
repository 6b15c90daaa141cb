// One call to esbuild: source in, a CommonJS bundle and what it was made of out.
import { realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import type { BuildFailure, Loader, Metafile, OutputFile, Plugin } from 'esbuild'
import { isExternal } from '../pool/preloads.ts'
import { failed } from '../types.ts'

export interface Bundle {
  code: string
  /** Where its lines come from (source map v3, paths relative to the project); undefined for a compact bundle. */
  map: string | undefined
  /** Every file that went in, absolute. */
  inputs: string[]
  /** Specifiers the bundle still requires, builtin modules left out, with the files that import them. */
  externals: Record<string, string[]>
}

export interface BundleRequest {
  /** The text of the entry module, which need not exist as a file. */
  entry: string
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

/** Bundles `entry`. Rejects with reason `ImageBuildFailed` and esbuild's messages as `file:line:column: text`. */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  // esbuild names files by their real paths: they are relative to the project only where its own path is real too.
  const projectDir = realpathSync(request.projectDir)
  const { build, stop } = await import('esbuild')
  building++
  try {
    const result = await build({
      stdin: { contents: request.entry, resolveDir: projectDir, sourcefile: 'entry.js', loader: 'js' },
      absWorkingDir: projectDir,
      // Nothing is written there: it is what the map's paths are relative to.
      outfile: join(projectDir, 'bundle.cjs'),
      sourcemap: request.compact ? false : 'external',
      sourcesContent: false,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      // V8 holds ASCII text in half the memory.
      charset: 'ascii',
      legalComments: 'none',
      write: false,
      metafile: true,
      logLevel: 'silent',
      supported: { 'dynamic-import': false },
      loader: dataLoaders,
      nodePaths: request.nodePaths ?? [],
      minifyWhitespace: request.compact ?? false,
      minifySyntax: request.compact ?? false,
      plugins: [
        sourcePlaces(projectDir),
        ...(request.keepExternals ? [externals(request.bundled)] : []),
        ...(request.plugins ?? []),
      ],
    })
    return {
      code: outputOf(result.outputFiles, '.cjs') ?? '',
      map: outputOf(result.outputFiles, '.map'),
      inputs: inputsOf(result.metafile, projectDir),
      externals: externalsOf(result.metafile, projectDir),
    }
  } catch (error) {
    throw failed('ImageBuildFailed', buildMessage(error))
  } finally {
    // The service of esbuild is a process of some 20 MiB: it must not outlive its work.
    if (--building === 0) void stop()
  }
}

function outputOf(files: readonly OutputFile[], ending: string): string | undefined {
  return files.find(({ path }) => path.endsWith(ending))?.text
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

/** `import.meta` has no meaning in CommonJS: its fields become those of the source file, looked up when the bundle runs. */
function sourcePlaces(projectDir: string): Plugin {
  return {
    name: 'source-places',
    setup(build) {
      build.onLoad({ filter: /\.m?[jt]sx?$/ }, async ({ path }) => {
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

function inputsOf(metafile: Metafile, projectDir: string): string[] {
  return Object.keys(metafile.inputs)
    .filter(input => input !== 'entry.js' && !input.startsWith('('))
    .map(input => resolve(projectDir, input))
}

function externalsOf(metafile: Metafile, projectDir: string): Record<string, string[]> {
  const externals: Record<string, string[]> = {}
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
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
