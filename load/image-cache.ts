// Images of this project that an earlier world built: the next one begins with them, and bundles only what changed since.
import { constants, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const cache = join(import.meta.dirname, '../node_modules/.cache/skiff-images')
const mode = constants.COPYFILE_FICLONE

/** Puts them into a new state folder. The runtime looks at each itself before it takes it. */
export function lendImages(stateDir: string): void {
  if (existsSync(cache)) cpSync(cache, join(stateDir, 'images'), { recursive: true, mode })
}

/** Keeps those of a world that has ended. */
export function keepImages(stateDir: string): void {
  const images = join(stateDir, 'images')
  if (!existsSync(images) || readdirSync(images).every(name => existsSync(join(cache, name)))) return
  const draft = `${cache}.${process.pid}`
  mkdirSync(dirname(cache), { recursive: true })
  cpSync(images, draft, { recursive: true, mode })
  rmSync(cache, { recursive: true, force: true })
  renameSync(draft, cache)
}
