// `npm run check`: everything that can be said about the project without running it, side by side, one line each.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { analyze } from '../local/analyze/analyze.ts'
import { createRegistry } from '../local/api/registry.ts'
import { formatManifestError } from '../local/manifests/manifest.ts'
import { readProject } from '../local/manifests/project.ts'
import { fileFindings } from './check-files.ts'
import { importFindings } from './check-imports.ts'
import { charted, kustomizations, kustomized, type Rendered, refusals } from './check-rendered.ts'
import { shellFindings } from './check-shell.ts'
import { formatFinding } from './finding.ts'
import { ruleFindings } from './manifest-rules.ts'
import { isInstalled, runProgram } from './program.ts'
import { sourceFiles } from './source-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Check {
  name: string
  /** A program that is not among the packages: without it the check is left out, and says so. */
  needs?: string
  /** What is wrong, as it is printed; empty when all is well. */
  run(): Promise<string>
}

const checks: Check[] = [
  { name: 'types', run: () => output('tsc', ['--project', '.', '--pretty', 'false']) },
  { name: 'lint and format', run: () => output('biome', ['check', '--colors=off', '--max-diagnostics=200', '.']) },
  {
    name: 'imports',
    run: async () =>
      importFindings(await sources())
        .map(formatFinding)
        .join('\n'),
  },
  {
    name: 'files',
    run: async () =>
      fileFindings(await sources())
        .map(formatFinding)
        .join('\n'),
  },
  { name: 'manifests', run: checkManifests },
  { name: 'shell scripts', needs: 'shellcheck', run: () => shellFindings(root) },
  { name: 'kustomizations', needs: 'kubectl', run: checkKustomizations },
  {
    name: 'chart',
    needs: 'helm',
    run: () => checkRendered([charted(root), charted(root, '--values', 'values-production.yaml')]),
  },
]

function sources() {
  return sourceFiles(root, ['local', 'functions', 'dashboard', 'scripts', 'load', 'test'], ['.ts', '.tsx', '.js'])
}

/** The project's YAML as a boot reads it, what would surprise on a cluster, and the rules that this project adds. */
async function checkManifests(): Promise<string> {
  const { documents, errors } = await readProject(root, { registry: createRegistry() })
  const surprises = analyze(documents).map(({ id, message, ...place }) =>
    formatManifestError({ ...place, message: `${message} (${id})` }),
  )
  return [...errors.map(formatManifestError), ...surprises, ...ruleFindings(documents).map(formatFinding)].join('\n')
}

async function checkKustomizations(): Promise<string> {
  const folders = await kustomizations(root)
  return checkRendered(folders.map(folder => kustomized(root, folder)))
}

/** What kustomize or helm could not render, and what the API would refuse of the rest. */
async function checkRendered(renderings: Promise<Rendered>[]): Promise<string> {
  const done = await Promise.allSettled(renderings)
  return done
    .map(one => (one.status === 'fulfilled' ? refusals(one.value) : one.reason.message))
    .filter(Boolean)
    .join('\n')
}

/** What a program of node_modules prints when it fails; nothing when it succeeds. */
async function output(program: string, args: string[]): Promise<string> {
  const { code, out, err } = await runProgram(join(root, 'node_modules', '.bin', program), args, root)
  return code === 0 ? '' : (out + err).trim() || `${program} ended with exit code ${code}`
}

async function runCheck({ name, needs, run }: Check): Promise<boolean> {
  if (needs && !isInstalled(needs)) {
    console.log(`- ${name} (left out: ${needs} is not installed)`)
    return true
  }
  const started = performance.now()
  const findings = await run().catch(error => `could not run: ${error.message}`)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${findings ? '✗' : '✓'} ${name} (${seconds} s)`)
  if (findings) console.log(findings)
  return findings === ''
}

const passed = await Promise.all(checks.map(runCheck))
process.exitCode = passed.every(Boolean) ? 0 : 1
