// Tells one state of this program from another: what it once worked out holds for the same state alone.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Changes with the version in `package.json`, with the installed packages, and with every module of `local/`. */
export function programHash(root: string): string {
  const installed = stampOf(join(root, 'node_modules', '.package-lock.json'))
  return createHash('sha256')
    .update(readFileSync(join(root, 'package.json')))
    .update([installed, ...stampsBelow(join(root, 'local'))].join('\n'))
    .digest('hex')
}

/** The modules below a folder. Node's own recursion takes twice the time of all the rest. */
function stampsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return stampsBelow(path)
    return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [stampOf(path)] : []
  })
}

/** Size and time will do for modules: an editor or a checkout changes the time of whatever it changes. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return `${path}\0${stat?.size}\0${stat?.mtimeMs}`
}
