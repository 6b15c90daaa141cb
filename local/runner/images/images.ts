// From an image's name to its digest: built from the project, or looked up in the image map.
import { resolveMapped } from './image-map.ts'
import { digestOf, repositoryOf, sourceOf } from './reference.ts'
import { resolveSource } from './source-image.ts'
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
}

export function createImages(options: ImagesOptions): Images {
  const store = createImageStore(options.stateDir)
  const running = new Map<string, Promise<string>>()

  async function digestFor(image: string): Promise<string> {
    const given = digestOf(image)
    if (given !== undefined && store.has(given)) return given
    const source = sourceOf(image)
    return source === undefined
      ? resolveMapped(image, options.imagesFile, store)
      : resolveSource(source, { ...options, store })
  }

  return {
    store,
    async resolve(image) {
      const repository = repositoryOf(image)
      // Two revisions of one source resolved at once share the build.
      const digest = running.get(image) ?? digestFor(image).finally(() => running.delete(image))
      running.set(image, digest)
      return `${repository}@sha256:${await digest}`
    },
  }
}
