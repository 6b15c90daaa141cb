// Runs a function's bundle inside a booted process, from V8's code cache where there is one.
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cachedScript } from './cached-script.ts'
import type { Assignment } from './protocol.ts'
import { traceSources } from './stack-trace.ts'

/** What a bundle exports. */
export interface FunctionModule {
  start(options: {
    listen: { path: string }
    env: Record<string, string>
  }): Promise<{ close(graceMs: number): Promise<void> }>
}

type Require = (specifier: string) => unknown

const parameters = ['exports', 'require', 'module', '__filename', '__dirname', '__source']

/** A function's module, and how to keep V8's code cache of its bundle. */
export interface Evaluated {
  module: FunctionModule
  keep(): void
}

/** Runs the bundle as a CommonJS module. */
export function evaluate(assignment: Assignment, preloaded: Readonly<Record<string, unknown>>): Evaluated {
  const { bundle, codeCache, roots, projectDir } = assignment
  traceSources(bundle, projectDir)
  const script = cachedScript(bundle, codeCache, parameters)
  const module = { exports: {} }
  script.run(module.exports, requireFrom(roots, preloaded), module, bundle, dirname(bundle), sourceIn(projectDir))
  return { module: module.exports as FunctionModule, keep: script.keep }
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

/** True when `loader` finds a module of this name. */
export function canResolve(loader: NodeJS.Require, specifier: string): boolean {
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
