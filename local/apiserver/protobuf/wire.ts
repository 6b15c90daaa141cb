// The wire format of protobuf: a message's bytes as its fields, each within the bounds of the message.

/** A field as it came: a number, the bytes of a string or message, or fixed bytes nobody here reads. */
export interface WireField {
  number: number
  value: bigint | Buffer
}

/** Thrown for bytes that are no message. */
export class WireError extends Error {}

/** Wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
const fixedSizes: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** Every field of a message, in the order of its bytes. Throws WireError. */
export function* wireFields(bytes: Buffer): Generator<WireField> {
  let at = 0
  const varint = () => {
    const [value, next] = readVarint(bytes, at)
    at = next
    return value
  }
  const take = (size: number) => {
    if (size < 0 || size > bytes.length - at)
      throw new WireError(`a field of ${size} bytes does not fit in what is left`)
    at += size
    return bytes.subarray(at - size, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const [number, type] = [Math.floor(tag / 8), tag % 8]
    if (number < 1) throw new WireError(`no field has the number ${number}`)
    if (type === 0) yield { number, value: varint() }
    else if (type === 2) yield { number, value: take(Number(varint())) }
    else yield { number, value: take(fixedSizes[type] ?? unknownType(type)) }
  }
}

function unknownType(type: number): never {
  throw new WireError(`no wire type has the number ${type}`)
}

/** Numbers one after another. Throws WireError. */
export function* varints(bytes: Buffer): Generator<bigint> {
  for (let at = 0; at < bytes.length; ) {
    const [value, next] = readVarint(bytes, at)
    yield value
    at = next
  }
}

/** A varint of at most ten bytes, as a signed number of 64 bits. */
function readVarint(bytes: Buffer, start: number): [bigint, number] {
  let value = 0n
  for (let at = start, shift = 0n; shift < 70n; at++, shift += 7n) {
    const byte = bytes[at]
    if (byte === undefined) throw new WireError('a number ends in the middle')
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return [BigInt.asIntN(64, value), at + 1]
  }
  throw new WireError('a number has more than ten bytes')
}
