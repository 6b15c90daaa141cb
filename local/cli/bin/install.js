// Installs what the lock file names when it is not there yet, so that a fresh clone needs no further command.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { findNodes, isNewEnough, missingNode } from './find-node.js'

/**
 * Names of the packages of the lock file that `folder`/node_modules lacks or has in another version, sorted.
 * Optional packages may lack (those of other platforms do), and those for development unless `dev` is true.
 */
export function missingPackages(folder, { dev = false } = {}) {
  const wanted = packagesOf(join(folder, 'package-lock.json'))
  if (!wanted) return [] // an installed package carries no lock file: its installer did the work
  const present = packagesOf(join(folder, 'node_modules', '.package-lock.json')) ?? {}
  const lacks = ([path, { version, optional, devOptional, dev: forDevelopment }]) => {
    const found = present[path]
    if (found) return found.version !== version
    return !optional && !devOptional && (dev || !forDevelopment)
  }
  return Object.entries(wanted)
    .filter(([path]) => path !== '')
    .filter(lacks)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .sort()
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Runs `npm ci` with one line of progress. Returns the exit code. */
function install(folder, count) {
  process.stderr.write(`skiff: installing ${count} packages, once … `)
  const started = Date.now()
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }
  const npm = process.env.npm_execpath
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (result.status === 0) {
    process.stderr.write(`done in ${((Date.now() - started) / 1000).toFixed(0)} s\n`)
    return 0
  }
  process.stderr.write(`failed\n${result.stderr || result.error?.message || ''}\n`)
  return 1
}

function main(folder, dev) {
  const missing = missingPackages(folder, { dev })
  if (missing.length > 0 && install(folder, missing.length) !== 0) return 1
  if (isNewEnough(process.versions.node) || !findNodes(folder).next().done) return 0
  console.error(missingNode)
  return 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = main(fileURLToPath(new URL('../../..', import.meta.url)), process.argv.includes('--dev'))
}
