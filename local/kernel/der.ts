// DER, the encoding of certificates: tagged values with their length before them (ITU-T X.690).

const tags = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, sequence: 0x30, set: 0x31 } as const

/** One value: its tag, its length, its content. */
export function tagged(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(tags.sequence, ...parts)
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(tags.set, ...parts)
export const octets = (content: Uint8Array): Buffer => tagged(tags.octets, content)
export const utf8 = (text: string): Buffer => tagged(tags.utf8, Buffer.from(text))
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]))
/** `[n]` around whole values. */
export const context = (number: number, ...parts: readonly Uint8Array[]): Buffer => tagged(0xa0 | number, ...parts)
/** `[n]` in place of the value's own tag. */
export const implicit = (number: number, content: Uint8Array): Buffer => tagged(0x80 | number, content)

/** An unsigned number, most significant byte first. */
export function integer(bytes: Uint8Array): Buffer {
  // A set first bit would make it negative.
  return tagged(tags.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0, ...bytes]) : bytes)
}

/** Bits whose last `unused` do not count. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return tagged(tags.bits, Buffer.from([unused]), content)
}

/** An object identifier: `2.5.29.17`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(tags.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128))
  return bytes
}

/** A moment as certificates write it: two digits of the year until 2049, four from then on. `ms` since the epoch. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)}Z`
  const short = new Date(ms).getUTCFullYear() < 2050
  return tagged(short ? 0x17 : 0x18, Buffer.from(short ? digits.slice(2) : digits))
}
