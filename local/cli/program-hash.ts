// Tells one state of this program from another: what it once worked out holds for the same state alone.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Changes with the version in `package.json`, with the installed packages, and with every module of `local/`. */
export function programHash(root: string): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package.json')))
  stamp(hash, join(root, 'node_modules', '.package-lock.json'))
  for (const { parentPath, name } of readdirSync(join(root, 'local'), { recursive: true, withFileTypes: true })) {
    if (name.endsWith('.ts') && !name.endsWith('.test.ts')) stamp(hash, join(parentPath, name))
  }
  return hash.digest('hex')
}

/** Size and time will do for modules: an editor or a checkout changes the time of whatever it changes. */
function stamp(hash: ReturnType<typeof createHash>, path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  hash.update(`${path}\0${stat?.size}\0${stat?.mtimeMs}\n`)
}
