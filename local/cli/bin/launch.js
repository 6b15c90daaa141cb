// Runs an entry of the command line on Node 24, in this process when it will do. Plain JavaScript for Node 18 and newer.
import { spawn } from 'node:child_process'
import module from 'node:module'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNodes, isNewEnough, missingNode } from './find-node.js'
import { resolveOwnModules } from './own-modules.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..', '..', '..')
// Node strips types of no file below node_modules; there a hook does, for this process and all that it starts.
const installed = here.includes(`${sep}node_modules${sep}`)
const hook = ['--disable-warning=ExperimentalWarning', '--import', new URL('./strip-types.js', import.meta.url).href]

/** Runs `entry` (relative to this folder) for the launcher at `launcher` (its URL). */
export async function launch(launcher, entry) {
  if (isNewEnough(process.versions.node) && (!installed || process.execArgv.includes(hook[2]))) {
    // Stripped and compiled modules are kept: a boot takes a quarter of the time from the second one on.
    module.enableCompileCache(join(root, 'node_modules', '.cache', 'skiff'))
    if (!installed) resolveOwnModules(new URL('../../../', import.meta.url).href)
    await import(entry)
  } else {
    runOn(launcher, isNewEnough(process.versions.node) ? [process.execPath][Symbol.iterator]() : findNodes(root))
  }
}

/** Runs the launcher again on the next of `nodes`; its end is this process's end. */
function runOn(launcher, nodes) {
  const node = nodes.next().value
  if (!node) {
    console.error(missingNode)
    process.exit(1)
  }
  const flags = installed ? hook : []
  const child = spawn(node, [...flags, fileURLToPath(launcher), ...process.argv.slice(2)], { stdio: 'inherit' })
  const pass = signal => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const listen = change => {
    for (const signal of signals) process[change](signal, pass)
  }
  listen('on')
  // A binary for another C library exists and does not start: the next one may.
  child.on('error', () => {
    listen('off')
    runOn(launcher, nodes)
  })
  child.on('exit', (code, signal) => {
    listen('off')
    if (signal) process.kill(process.pid, signal)
    else process.exit(code)
  })
}
