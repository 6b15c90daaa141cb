// xxHash64, the hash that Envoy places endpoints and requests with: the same request meets the same endpoint here.

const mask = 0xffff_ffff_ffff_ffffn
const prime1 = 0x9e37_79b1_85eb_ca87n
const prime2 = 0xc2b2_ae3d_27d4_eb4fn
const prime3 = 0x1656_67b1_9e37_79f9n
const prime4 = 0x85eb_ca77_c2b2_ae63n
const prime5 = 0x27d4_eb2f_1656_67c5n

const rotateLeft = (value: bigint, bits: bigint) => ((value << bits) | (value >> (64n - bits))) & mask
const round = (lane: bigint, input: bigint) => (rotateLeft((lane + input * prime2) & mask, 31n) * prime1) & mask
const mergeRound = (hash: bigint, lane: bigint) => ((hash ^ round(0n, lane)) * prime1 + prime4) & mask

/** Of the text's UTF-8 bytes. */
export function xxHash64(text: string, seed = 0n): bigint {
  const bytes = Buffer.from(text)
  const { hash, offset } = hashStripes(bytes, seed)
  return avalanche(hashTail(bytes, offset, (hash + BigInt(bytes.length)) & mask))
}

/** Stripes of 32 bytes, in four lanes. */
function hashStripes(bytes: Buffer, seed: bigint): { hash: bigint; offset: number } {
  if (bytes.length < 32) return { hash: (seed + prime5) & mask, offset: 0 }
  let lanes = [seed + prime1 + prime2, seed + prime2, seed, seed - prime1].map(lane => lane & mask)
  let offset = 0
  for (; offset + 32 <= bytes.length; offset += 32) {
    lanes = lanes.map((lane, index) => round(lane, bytes.readBigUInt64LE(offset + index * 8)))
  }
  const turns = [1n, 7n, 12n, 18n]
  const sum = lanes.reduce((total, lane, index) => total + rotateLeft(lane, turns[index] ?? 0n), 0n) & mask
  return { hash: lanes.reduce(mergeRound, sum), offset }
}

/** What is left: words of eight bytes, one of four, single bytes. */
function hashTail(bytes: Buffer, from: number, start: bigint): bigint {
  let hash = start
  let offset = from
  for (; offset + 8 <= bytes.length; offset += 8) {
    hash = (rotateLeft(hash ^ round(0n, bytes.readBigUInt64LE(offset)), 27n) * prime1 + prime4) & mask
  }
  if (offset + 4 <= bytes.length) {
    hash = (rotateLeft(hash ^ ((BigInt(bytes.readUInt32LE(offset)) * prime1) & mask), 23n) * prime2 + prime3) & mask
    offset += 4
  }
  for (; offset < bytes.length; offset++) {
    hash = (rotateLeft(hash ^ ((BigInt(bytes.readUInt8(offset)) * prime5) & mask), 11n) * prime1) & mask
  }
  return hash
}

function avalanche(hash: bigint): bigint {
  const second = ((hash ^ (hash >> 33n)) * prime2) & mask
  const third = ((second ^ (second >> 29n)) * prime3) & mask
  return third ^ (third >> 32n)
}
