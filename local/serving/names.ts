// How Knative derives a child's name from its parent's.
import { createHash } from 'node:crypto'

const longest = 63

/** `parent` and `suffix` joined; what would be longer than 63 characters ends in a digest (knative.dev/pkg kmeta/names.go). */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= longest) return parent + suffix
  const digest = createHash('md5').update(parent).digest('hex')
  const room = longest - digest.length - suffix.length
  if (room > 0) return `${parent.slice(0, room)}${digest}${suffix}`
  return `${digest}${createHash('md5').update(suffix).digest('hex')}`.slice(0, longest)
}
