// Runs a function's bundle inside a booted process, from V8's code cache where there is one.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire, flushCompileCache, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { constants, Script } from 'node:vm'
import type { Assignment } from './protocol.ts'

/** What a bundle exports. */
export interface FunctionModule {
  start(options: {
    listen: { path: string }
    env: Record<string, string>
  }): Promise<{ close(graceMs: number): Promise<void> }>
}

type Require = (specifier: string) => unknown

// Late enough that the functions a first request compiles are in the cache, and that nobody waits for it.
const codeCacheDelayMs = 300

/** Runs the bundle as a CommonJS module and returns its exports. */
export function evaluate(assignment: Assignment, preloaded: Readonly<Record<string, unknown>>): FunctionModule {
  const script = compile(assignment)
  const run = script.runInThisContext() as (...values: unknown[]) => void
  const module = { exports: {} }
  const require = requireFrom(assignment.roots, preloaded)
  run(module.exports, require, module, assignment.bundle, dirname(assignment.bundle), sourceIn(assignment.projectDir))
  return module.exports as FunctionModule
}

function compile({ bundle, codeCache }: Assignment): Script {
  const source = `(function (exports, require, module, __filename, __dirname, __source) {${readFileSync(bundle, 'utf8')}\n})`
  const cachedData = readIfPresent(codeCache)
  const script = new Script(source, {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData ? { cachedData } : {}),
  })
  setTimeout(() => {
    // V8 refuses a cache of another version or other flags.
    if (!cachedData || script.cachedDataRejected) keepCodeCache(script, codeCache)
    // The cache of what was required from outside the bundle.
    flushCompileCache()
  }, codeCacheDelayMs).unref()
  return script
}

function keepCodeCache(script: Script, path: string): void {
  try {
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, script.createCachedData())
    renameSync(draft, path)
  } catch {
    // The cache only saves time: an image folder that is gone or a full disk must not hurt the function.
  }
}

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** The bundle's `require`: loaded packages first, then those of the first root that has them. */
function requireFrom(roots: readonly string[], preloaded: Readonly<Record<string, unknown>>): Require {
  const fallback = createRequire(join(roots[0] ?? process.cwd(), 'package.json'))
  const loaders = roots.map(root => createRequire(join(root, 'package.json')))
  return specifier => {
    if (Object.hasOwn(preloaded, specifier)) return preloaded[specifier]
    if (isBuiltin(specifier)) return fallback(specifier)
    const loader = loaders.find(candidate => canResolve(candidate, specifier)) ?? fallback
    return loader(specifier)
  }
}

function canResolve(loader: NodeJS.Require, specifier: string): boolean {
  try {
    loader.resolve(specifier)
    return true
  } catch {
    return false
  }
}

/** What `import.meta` held in a source file, by its path relative to the project. */
function sourceIn(projectDir: string): (place: string) => { url: string; dirname: string; filename: string } {
  return place => {
    const filename = join(projectDir, place)
    return { filename, dirname: dirname(filename), url: pathToFileURL(filename).href }
  }
}
