// A script with V8's code cache beside it. Node's own compile cache is made before a script runs and so lacks every
// function compiled on the way: this one is made when the functions that a start needs are there.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { constants, Script } from 'node:vm'

export interface CachedScript {
  /** The script as a function of its parameters. */
  run: (...values: unknown[]) => void
  /** Writes the code cache with what is compiled by now, unless the script came from one. Never throws. */
  keep(): void
}

/** Compiles the file as the body of a function with these parameters, from its cache where V8 accepts that. */
export function cachedScript(file: string, cacheFile: string, parameters: readonly string[]): CachedScript {
  const source = `(function (${parameters.join(', ')}) {${readFileSync(file, 'utf8')}\n})`
  const cachedData = readIfPresent(cacheFile)
  const script = new Script(source, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData ? { cachedData } : {}),
  })
  // V8 refuses a cache of another version or other flags.
  const cached = cachedData !== undefined && !script.cachedDataRejected
  return {
    run: script.runInThisContext() as CachedScript['run'],
    keep: () => {
      if (!cached) write(cacheFile, script)
    },
  }
}

function write(path: string, script: Script): void {
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
