// `npm run check`: everything that can be said about the project without running it, side by side, one line each.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '../local/api/registry.ts'
import { formatManifestError } from '../local/manifests/manifest.ts'
import { readProject } from '../local/manifests/project.ts'
import { fileFindings } from './check-files.ts'
import { importFindings } from './check-imports.ts'
import { formatFinding } from './finding.ts'
import { ruleFindings } from './manifest-rules.ts'
import { sourceFiles } from './source-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Check {
  name: string
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
]

function sources() {
  return sourceFiles(root, ['local', 'functions', 'dashboard', 'scripts', 'load', 'test'], ['.ts', '.tsx', '.js'])
}

/** The project's YAML as a boot reads it, and the rules that look at several objects. */
async function checkManifests(): Promise<string> {
  const { documents, errors } = await readProject(root, { registry: createRegistry() })
  return [...errors.map(formatManifestError), ...ruleFindings(documents).map(formatFinding)].join('\n')
}

/** What a program of node_modules prints when it fails; nothing when it succeeds. */
function output(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', program), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (text += chunk))
    child.on('error', reject)
    child.on('close', code => resolve(code === 0 ? '' : text.trim() || `${program} ended with exit code ${code}`))
  })
}

async function runCheck({ name, run }: Check): Promise<boolean> {
  const started = performance.now()
  const findings = await run().catch(error => `could not run: ${error.message}`)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${findings ? '✗' : '✓'} ${name} (${seconds} s)`)
  if (findings) console.log(findings)
  return findings === ''
}

const passed = await Promise.all(checks.map(runCheck))
process.exitCode = passed.every(Boolean) ? 0 : 1
