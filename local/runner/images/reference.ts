// Image references: which name is meant, and how a digest is written.
import { createHash } from 'node:crypto'

/** The registry name of images that are built from the project's own folders. */
const projectRegistry = 'dev.local/'

/** The repository of a reference: `dev.local/greeting/a:v1@sha256:…` is `dev.local/greeting/a`. */
export function repositoryOf(image: string): string {
  const name = image.replace(/@sha256:[0-9a-f]*$/, '')
  return name.replace(/:[^:/]*$/, '')
}

/** The 64 hex digits of a digest reference; undefined when the reference has none. */
export function digestOf(image: string): string | undefined {
  return /@sha256:([0-9a-f]{64})$/.exec(image)?.[1]
}

/** `<suite>/<service>` of an image built from the project; undefined for any other image. */
export function sourceOf(image: string): string | undefined {
  const repository = repositoryOf(image)
  if (!repository.startsWith(projectRegistry)) return undefined
  const source = repository.slice(projectRegistry.length)
  return /^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/.test(source) ? source : undefined
}

/** The lower-case hex of sha256 over the parts, each set apart by its length. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(`${Buffer.byteLength(part)}\n`)
    hash.update(part)
  }
  return hash.digest('hex')
}
