// Request ids: a UUID of version 4 from four draws, for it is made anew at every gateway passage.
import type { Random } from '../../../kernel/random.ts'

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const variants = '89ab'

export function requestId(random: Random): string {
  const a = draw(random)
  const b = draw(random)
  const c = draw(random)
  const d = draw(random)
  const variant = variants[c >>> 30]
  return (
    `${word(a)}-${half(b >>> 16)}-4${half(b).slice(1)}-${variant}${half(c >>> 16).slice(1)}-` + `${half(c)}${word(d)}`
  )
}

function draw(random: Random): number {
  return (random.next() * 0x1_0000_0000) >>> 0
}

function word(bits: number): string {
  return half(bits >>> 16) + half(bits)
}

function half(bits: number): string {
  return `${hex[(bits >>> 8) & 255]}${hex[bits & 255]}`
}
