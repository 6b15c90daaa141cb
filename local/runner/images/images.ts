// From an image's name to its digest: built from the project, or looked up in the image map.
import { dirname } from 'node:path'
import { resolveMapped } from './image-map.ts'
import { createInputReader } from './inputs.ts'
import { createPackageReader } from './packages.ts'
import { digestOf, repositoryOf, sourceOf } from './reference.ts'
import { isRecorded, resolveSource } from './source-image.ts'
import { createImageStore, type ImageStore } from './store.ts'

export interface ImagesOptions {
  projectDir: string
  stateDir: string
  serveModule: string
  imagesFile: string | undefined
}

export interface Images {
  readonly store: ImageStore
  /** The digest reference of an image. Rejects with `InstanceFailed`. */
  resolve(image: string): Promise<string>
  /** Builds what never was built here, all at once: functions share most of what they are made of. */
  prepare(images: readonly string[]): void
}

export function createImages(options: ImagesOptions): Images {
  const store = createImageStore(options.stateDir)
  const running = new Map<string, Promise<string>>()
  const inputs = createInputReader()
  const packages = createPackageReader([options.projectDir, dirname(options.serveModule)])

  async function digestFor(image: string): Promise<string> {
    const given = digestOf(image)
    if (given !== undefined && store.has(given)) return given
    const source = sourceOf(image)
    return source === undefined
      ? resolveMapped(image, options.imagesFile, store)
      : resolveSource(source, { ...options, store, inputs, packages })
  }

  function ended(image: string): void {
    running.delete(image)
    if (running.size > 0) return
    inputs.forget()
    packages.forget()
  }

  async function resolve(image: string): Promise<string> {
    const repository = repositoryOf(image)
    // Two revisions of one source resolved at once share the build.
    const digest = running.get(image) ?? digestFor(image).finally(() => ended(image))
    running.set(image, digest)
    return `${repository}@sha256:${await digest}`
  }

  return {
    store,
    resolve,
    prepare(all) {
      for (const image of all) {
        const source = sourceOf(image)
        // Whoever needs the image hears of a failure.
        if (source !== undefined && !isRecorded(source, store)) void resolve(image).catch(() => {})
      }
    },
  }
}
