// Images of this project that an earlier world built: the next one begins with them, and bundles only what changed since.
import { createHash } from 'node:crypto'
import { constants, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const projectDir = join(import.meta.dirname, '..')
const caches = join(projectDir, 'node_modules/.cache/skiff-images')
const mode = constants.COPYFILE_FICLONE

/** Puts them into a new state folder. The runtime looks at each itself before it takes it. */
export function lendImages(stateDir: string): void {
  const cache = join(caches, keyOf())
  if (existsSync(cache)) cpSync(cache, join(stateDir, 'images'), { recursive: true, mode })
}

/** Keeps those of a world that has ended, once for each state of the sources. Several worlds may end at once. */
export function keepImages(stateDir: string): void {
  const images = join(stateDir, 'images')
  const cache = join(caches, keyOf())
  if (existsSync(cache) || !existsSync(images)) return
  const draft = `${cache}.${process.pid}`
  mkdirSync(caches, { recursive: true })
  for (const older of readdirSync(caches)) rmSync(join(caches, older), { recursive: true, force: true })
  cpSync(images, draft, { recursive: true, mode })
  try {
    renameSync(draft, cache)
  } catch {
    // Another world was quicker.
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Another one as soon as a source or an installed package changed. */
function keyOf(): string {
  const hash = createHash('sha256')
  const files = readdirSync(join(projectDir, 'functions'), { recursive: true, encoding: 'utf8' }).map(file =>
    join('functions', file),
  )
  for (const file of ['package-lock.json', ...files.sort()]) {
    const { mtimeMs, size } = statSync(join(projectDir, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}
