// The content of a function's image: one bundle, the packages that cannot go into it, the bill of materials.
import { cpSync, lutimesSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundle } from '../../local/runner/images/bundler.ts'
import { findApp } from '../../local/runner/images/source-image.ts'
import { drivers, packageOf } from '../../local/runner/pool/preloads.ts'
import { packageClosure, packagesOf } from './package-closure.ts'
import { sbomOf } from './sbom.ts'

export interface ImageRequest {
  /** `<suite>/<service>`. */
  source: string
  projectDir: string
  /** Is emptied first. The image's working directory is `app` below it. */
  outDir: string
  /** Seconds since the epoch, the time of all files; the same request gives the same bytes. */
  epoch: number
}

export interface ImageContent {
  /** Packages beside the bundle, each as `name@version`. */
  external: string[]
  /** Of the bundle. */
  bytes: number
}

/** Writes `app/server.cjs`, its source map, `app/node_modules` and `app/sbom.cdx.json`. Rejects as the runtime's own builds do. */
export async function writeFunctionImage({ source, projectDir, outDir, epoch }: ImageRequest): Promise<ImageContent> {
  const app = join(outDir, 'app')
  const built = await bundle({
    name: source,
    entry: entryOf(source, projectDir),
    projectDir,
    keepExternals: false,
    plugins: [driversOutside],
  })
  // What esbuild leaves outside besides is not installed: packages that others can do without.
  const named = Object.keys(built.externals).map(packageOf).filter(isDriver)
  const external = packageClosure(projectDir, [...new Set(named)].sort())
  rmSync(outDir, { recursive: true, force: true })
  mkdirSync(app, { recursive: true })
  writeFileSync(
    join(app, 'server.cjs'),
    Buffer.concat([built.code, Buffer.from('//# sourceMappingURL=server.cjs.map\n')]),
  )
  writeFileSync(join(app, 'server.cjs.map'), built.map ?? '')
  for (const { folder } of external) copyPackage(join(projectDir, folder), join(app, folder))
  const inside = packagesOf(
    projectDir,
    built.inputs.map(file => relative(projectDir, file)),
  )
  const bill = sbomOf(source, projectVersion(projectDir), [...inside, ...external])
  writeFileSync(join(app, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`)
  setTimes(outDir, epoch)
  return { external: external.map(({ name, version }) => `${name}@${version}`), bytes: built.code.length }
}

/** The bundle is the program. */
function entryOf(source: string, projectDir: string): string {
  return [
    `import * as app from ${JSON.stringify(findApp(source, projectDir))}`,
    `import { reportFailure, serveUntilTerminated } from ${JSON.stringify(join(projectDir, 'functions/lib/serve.ts'))}`,
    // What import.meta becomes. A container has no source files: their places are only names.
    'globalThis.__source = place => ({ url: `file:///app/$' + '{place}`, filename: place, dirname: "/app" })',
    `serveUntilTerminated(${JSON.stringify(source)}, app).catch(error => reportFailure(${JSON.stringify(source)}, error))`,
  ].join('\n')
}

/** Drivers are too native, or too large and rarely used, to be bundled. */
const driversOutside: Plugin = {
  name: 'drivers-outside',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
      isDriver(packageOf(path)) ? { path, external: true } : undefined,
    )
  },
}

function isDriver(name: string): boolean {
  return (drivers as readonly string[]).includes(name)
}

/** Without what only people read, and without packages nested in it: those are copied when something asks for them. */
function copyPackage(from: string, to: string): void {
  const unwanted = /^(node_modules|tests?|docs?|examples?|benchmarks?|\.github)(\/|$)|\.(md|map|markdown|[cm]?ts)$/
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: path => path === from || !unwanted.test(relative(from, path)),
  })
}

function projectVersion(projectDir: string): string {
  const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string }
  return version
}

function setTimes(path: string, epoch: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) setTimes(child, epoch)
    else lutimesSync(child, epoch, epoch)
  }
  // Last, because writing into a folder changes its time.
  lutimesSync(path, epoch, epoch)
}
