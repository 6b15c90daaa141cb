// Whether a text is an image reference: registry, repository, tag and digest.

const digest = /@[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/
const tag = /:[\w][\w.-]{0,127}$/
const registry = /^(?:localhost|[\w.-]+\.[\w.-]+|[\w.-]+:\d+|\[[0-9a-f:.]+\])(?::\d+)?$/i

/** True of `repository`, `registry/repository:tag`, `repository@sha256:…`. */
export function isImageReference(image: string): boolean {
  const bare = image.replace(digest, '').replace(tag, '')
  const slash = bare.indexOf('/')
  const host = slash > 0 ? bare.slice(0, slash) : ''
  const repository = registry.test(host) ? bare.slice(slash + 1) : bare
  return /^[a-z0-9_./-]{2,255}$/.test(repository)
}
