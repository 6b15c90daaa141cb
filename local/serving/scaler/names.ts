// Names of pods, as Deployments and ReplicaSets make them: `hello-00001-deployment-57c7cd548-jvmhx`.
import { nameSuffix, type Random } from '../../kernel/random.ts'

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** The label pod-template-hash: FNV-1a over the template, its decimal digits spelled in Kubernetes' safe alphabet. */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(JSON.stringify(template))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return [...String(hash)].map(digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}

export function podName(revision: string, hash: string, random: Random): string {
  return `${revision}-deployment-${hash}-${nameSuffix(random)}`
}
