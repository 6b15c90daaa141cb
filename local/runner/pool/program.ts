// Builds the program of pool processes: our child and the preloaded packages in one file, kept by content.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundle } from '../images/bundler.ts'
import { readJson, writeAtomic } from '../images/files.ts'
import { createInputReader, type Input } from '../images/inputs.ts'
import { installedPackage, packageFolders } from '../images/packages.ts'
import { sha256 } from '../images/reference.ts'
import { canResolve } from './evaluate.ts'
import { lateModules, lateModulesPlugin } from './late-modules.ts'
import { partlyLoaded, preloads } from './preloads.ts'
import { webGlobals, webGlobalsBase } from './web-globals.ts'

interface ProgramRecord {
  /** What it was asked to hold. */
  preloads: string
  file: string
  inputs: Input[]
}

/** The file pool processes run, built when anything in it changed. `roots` are searched for the packages, in order. */
export async function poolProgram(stateDir: string, roots: readonly string[]): Promise<string> {
  const dir = join(stateDir, 'images', 'pool')
  const present = preloads.filter(specifier => installedPackage(specifier, roots))
  const wanted = JSON.stringify([
    present,
    partlyLoaded,
    webGlobals,
    webGlobalsBase,
    lateModules.map(({ standIn }) => standIn('real')),
  ])
  const recordPath = join(dir, 'program.json')
  const record = readJson<ProgramRecord>(recordPath)
  const reader = createInputReader()
  if (record?.preloads === wanted && reader.unchanged(record.inputs)) return record.file
  const build = (entry: string) =>
    bundle({
      ...{ entry, name: 'pool' },
      projectDir: roots[0] ?? process.cwd(),
      keepExternals: false,
      nodePaths: packageFolders(roots),
      compact: true,
      plugins: [lateModulesPlugin()],
    })
  const program = await build(await entryOf(present, roots))
  mkdirSync(dir, { recursive: true })
  const body = join(dir, `${sha256(program.code).slice(0, 16)}.body.cjs`)
  const loader = await build(loaderOf(body))
  const file = body.replace('.body', '')
  writeAtomic(body, program.code)
  writeAtomic(file, loader.code)
  reader.forget()
  const inputs = [file, body, ...program.inputs, ...loader.inputs].flatMap(input => reader.read(input) ?? [])
  writeAtomic(recordPath, JSON.stringify({ preloads: wanted, file, inputs } satisfies ProgramRecord))
  return file
}

async function entryOf(present: readonly string[], roots: readonly string[]): Promise<string> {
  const modules = await Promise.all(present.map(specifier => moduleOf(specifier, roots)))
  const entries = present.map((specifier, index) => `${JSON.stringify(specifier)}: ${modules[index]},`)
  const imports = [
    `import { run } from ${ownModule('child.ts')}`,
    `import { lazyPackage } from ${ownModule('lazy-package.ts')}`,
    `import { provideGlobals } from ${ownModule('web-globals.ts')}`,
  ]
  return `${imports.join('\n')}\nprovideGlobals({ ${globalsFrom(roots)} })\nrun({\n${entries.join('\n')}\n}, keepCode)\n`
}

/** The globals undici has; none where it is missing or laid out otherwise, which leaves Node's own. */
function globalsFrom(roots: readonly string[]): string {
  const manifest = installedPackage('undici', roots)?.manifest
  const from = manifest === undefined ? undefined : createRequire(manifest)
  if (!from || !Object.values(webGlobals).every(path => canResolve(from, path))) return ''
  const members = Object.entries(webGlobals).map(
    ([name, path]) =>
      `${name}: () => (require(${JSON.stringify(webGlobalsBase)}), require(${JSON.stringify(path)}).${name})`,
  )
  return members.join(', ')
}

/** What Node is given to run: it takes the program itself from V8's code cache. */
function loaderOf(body: string): string {
  return `import { cachedScript } from ${ownModule('cached-script.ts')}
const script = cachedScript(${JSON.stringify(body)}, ${JSON.stringify(`${body}.cache`)}, ['require', 'module', 'keepCode'])
script.run(require, module, script.keep)\n`
}

function ownModule(file: string): string {
  return JSON.stringify(fileURLToPath(new URL(file, import.meta.url)))
}

/** The expression that gives a preloaded module. */
async function moduleOf(specifier: string, roots: readonly string[]): Promise<string> {
  const whole = `require(${JSON.stringify(specifier)})`
  const { parts, setUp } = partlyLoaded[specifier] ?? {}
  const manifest = installedPackage(specifier, roots)?.manifest
  if (!parts || !manifest) return whole
  const from = createRequire(manifest)
  // A version that is laid out otherwise is loaded whole.
  if (!Object.values(parts).every(path => canResolve(from, path))) return whole
  const names = await exportsOf(from.resolve(specifier))
  const loaded = Object.entries(parts).map(([name, path]) => `${name}: require(${JSON.stringify(path)})`)
  return `(parts => { ${setUp}; return lazyPackage(${JSON.stringify(names)}, parts, () => ${whole}) })({ ${loaded.join(', ')} })`
}

/** The names a CommonJS module exports, learned in a process of its own: loaded here it would stay in memory. */
async function exportsOf(file: string): Promise<string[]> {
  const script = `process.stdout.write(JSON.stringify(Object.keys(require(${JSON.stringify(file)}))))`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script])
  return JSON.parse(stdout) as string[]
}
