// Names of pods, as Deployments and ReplicaSets make them: `hello-00001-deployment-57c7cd548-jvmhx`.
import { nameSuffix, type Random } from '../../kernel/random.ts'
import { childName } from '../names.ts'

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The label pod-template-hash: FNV-1a over the template, its decimal digits spelled in Kubernetes' safe alphabet. */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(JSON.stringify(template))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return [...String(hash)].map(digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}

/** Kubernetes leaves room for five random characters in names of 63. */
const longestPrefix = 58

/** What the names of a revision's pods begin with, their `generateName`. */
export function podNamePrefix(revision: string, hash: string): string {
  return `${childName(revision, '-deployment')}-${hash}-`.slice(0, longestPrefix)
}

export function podName(revision: string, hash: string, random: Random): string {
  return `${podNamePrefix(revision, hash)}${nameSuffix(random)}`
}
