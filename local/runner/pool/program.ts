// Builds the program of pool processes: our child and the preloaded packages in one file, kept by content.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../images/bundler.ts'
import { readJson, writeAtomic } from '../images/files.ts'
import { type Input, readInput, unchanged } from '../images/inputs.ts'
import { installedPackage } from '../images/packages.ts'
import { sha256 } from '../images/reference.ts'
import { preloads } from './preloads.ts'

interface ProgramRecord {
  entry: string
  file: string
  inputs: Input[]
}

/** The file pool processes run, built when anything in it changed. `roots` are searched for the packages, in order. */
export async function poolProgram(stateDir: string, roots: readonly string[]): Promise<string> {
  const dir = join(stateDir, 'images', 'pool')
  const entry = entryOf(roots)
  const recordPath = join(dir, 'program.json')
  const record = readJson<ProgramRecord>(recordPath)
  if (record?.entry === entry && unchanged([...record.inputs])) return record.file
  const built = await bundle({
    entry,
    projectDir: roots[0] ?? process.cwd(),
    keepExternals: false,
    nodePaths: nodePaths(roots),
    compact: true,
  })
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${sha256(built.code).slice(0, 16)}.cjs`)
  writeAtomic(file, built.code)
  const inputs = [file, ...built.inputs].flatMap(input => readInput(input) ?? [])
  writeAtomic(recordPath, JSON.stringify({ entry, file, inputs } satisfies ProgramRecord))
  return file
}

function entryOf(roots: readonly string[]): string {
  const child = fileURLToPath(new URL('./child.ts', import.meta.url))
  const present = preloads.filter(specifier => installedPackage(specifier, roots))
  const entries = present.map(specifier => `${JSON.stringify(specifier)}: require(${JSON.stringify(specifier)}),`)
  return `import { run } from ${JSON.stringify(child)}\nrun({\n${entries.join('\n')}\n})\n`
}

/** The node_modules folders the preloaded packages were found in. */
function nodePaths(roots: readonly string[]): string[] {
  const manifests = preloads.flatMap(specifier => installedPackage(specifier, roots)?.manifest ?? [])
  return [...new Set(manifests.map(manifest => `${manifest.split('/node_modules/')[0]}/node_modules`))]
}
