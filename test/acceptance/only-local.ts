// How a test says that it can only be shown on the local runtime, and why.
import { describe, it } from 'vitest'
import { cluster } from './target.ts'

/** `it` and `describe` of tests that look inside the runtime; on a cluster they are skipped, and the reason is reported. */
export function onlyLocal(reason: string) {
  if (cluster) it.skip(`left out on a cluster: ${reason}`)
  return { it: it.skipIf(cluster), describe: describe.skipIf(cluster) }
}
