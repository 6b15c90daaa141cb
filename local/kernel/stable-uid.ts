// Uids of objects that nobody stores: the same text has the same uid in every run.
import { createHash } from 'node:crypto'

/** A UUID in the shape of version 4, made of a digest instead of chance. */
export function stableUid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
