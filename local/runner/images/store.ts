// The images on disk: one folder a digest, never changed once written.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomic } from './files.ts'

/** A function's bundle, run by the pool's program. */
export interface BundleImage {
  kind: 'bundle'
  /** `<suite>/<service>`. */
  source: string
  /** What the bundle requires from outside, with versions (`absent` when not installed). */
  externals: Record<string, string>
}

/** A program of the image map. */
export interface ProgramImage {
  kind: 'program'
  command: string[]
  cwd: string
  env: Record<string, string>
  /** The user it runs as, where the runtime may choose. */
  user?: number
}

export type Image = BundleImage | ProgramImage

export interface ImageStore {
  readonly dir: string
  has(digest: string): boolean
  /** The image's description; undefined when the folder is gone. */
  read(digest: string): Image | undefined
  /** Writes an image once; a second writing of the same digest changes nothing. */
  write(digest: string, image: Image, bundle?: { code: Uint8Array; map: Uint8Array | undefined }): void
  bundlePath(digest: string): string
}

export function createImageStore(stateDir: string): ImageStore {
  const dir = join(stateDir, 'images')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const known = new Map<string, Image>()
  const descriptionPath = (digest: string) => join(dir, digest, 'image.json')
  const has = (digest: string) => existsSync(descriptionPath(digest))
  return {
    dir,
    has,
    read(digest) {
      if (!has(digest)) return undefined
      const image = known.get(digest) ?? (JSON.parse(readFileSync(descriptionPath(digest), 'utf8')) as Image)
      known.set(digest, image)
      return image
    },
    write(digest, image, bundle) {
      if (has(digest)) return
      mkdirSync(join(dir, digest), { recursive: true })
      if (bundle) writeAtomic(join(dir, digest, 'bundle.cjs'), bundle.code)
      if (bundle?.map !== undefined) writeAtomic(join(dir, digest, 'bundle.cjs.map'), bundle.map)
      // Last, because its presence says that the image is whole.
      writeAtomic(descriptionPath(digest), `${JSON.stringify(image, null, 2)}\n`)
    },
    bundlePath: digest => join(dir, digest, 'bundle.cjs'),
  }
}
