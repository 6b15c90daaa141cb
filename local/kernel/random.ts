// Chance as an argument: a seeded generator for tests and `--seed`, and the system's own.

export interface Random {
  /** A number in [0, 1). */
  next(): number
}

export const systemRandom: Random = { next: () => Math.random() }

/** The generator sfc32, seeded: the same seed gives the same sequence on every machine. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let warm = 0; warm < 12; warm++) next()
  return { next }
}

/** A UUID of version 4 drawn from `random`. */
export function uuid(random: Random): string {
  let hex = ''
  for (let index = 0; index < 32; index++) hex += Math.floor(random.next() * 16).toString(16)
  const variant = '89ab'[Math.floor(random.next() * 4)]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

// Kubernetes leaves out vowels and look-alikes so that no name spells a word.
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** A suffix such as Kubernetes appends to `generateName`: `length` characters. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = ''
  for (let index = 0; index < length; index++) suffix += nameAlphabet[Math.floor(random.next() * nameAlphabet.length)]
  return suffix
}
