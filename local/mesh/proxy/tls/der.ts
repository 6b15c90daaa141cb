// Writes the few ASN.1 structures that a certificate consists of (X.690, DER).

/** Tag, length and content of one element. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let left = length; left > 0; left >>= 8) bytes.unshift(left & 0xff)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

export const sequence = (...content: readonly Uint8Array[]) => element(0x30, ...content)
export const set = (...content: readonly Uint8Array[]) => element(0x31, ...content)
export const octets = (content: Uint8Array) => element(0x04, content)
export const bits = (content: Uint8Array) => element(0x03, Buffer.from([0]), content)
export const utf8 = (text: string) => element(0x0c, Buffer.from(text))
export const boolean = (value: boolean) => element(0x01, Buffer.from([value ? 0xff : 0]))

/** `bytes` are taken for a number without a sign. */
export function integer(bytes: Uint8Array): Buffer {
  const signed = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  return element(0x02, signed)
}

/** `1.2.840.10045.4.3.2` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80)
  return bytes
}

/** Years from 2050 on are written in full (RFC 5280 section 4.1.2.5). */
export function time(ms: number): Buffer {
  const date = new Date(ms)
  const text = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050 ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text))
}

/** An element tagged by its place, `[n]`. */
export const tagged = (place: number, ...content: readonly Uint8Array[]) => element(0xa0 | place, ...content)
