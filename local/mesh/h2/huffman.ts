// The Huffman code of HPACK (RFC 7541 appendix B): canonical, so the lengths of the codes say it all.
import { ConnectionError, errorCodes } from './protocol.ts'

/** Bits of the code of each byte value, then of the end of the string: runs as `length*count`. */
const lengths =
  '13 23 28*7 24 30 28*2 30 28*8 30 28*9 6 10*2 12 13 6 8 11 10*2 8 11 8 6*3 5*3 6*7 7 8 15 6 12 10 13 6 7*22 8 7 8 13 19 ' +
  '13 14 6 15 5 6 5 6 5 6*3 5 7*2 6*3 5 6 7 6 5*2 6 7*5 15 11 14 13 28 20 22 20*2 22*3 23 22 23*5 24 23 24*2 22 23 24 23*4 ' +
  '21 22 23 22 23*2 24 22 21 20 22*2 23*2 21 23 22*2 24 21 22 23*2 21*2 22 21 23 22 23*2 20 22*3 23 22*2 23 26*2 20 19 22 ' +
  '23 22 25 26*3 27*2 26 24 25 19 21 26 27*2 26 27 24 21*2 26*2 28 27*3 20 24 20 21 22 21*2 23 22*2 25*2 24*2 26 23 26 27 ' +
  '26*2 27*5 28 27*5 26 30'

const endOfString = 256
const codeLengths = lengths.split(' ').flatMap(run => {
  const [length, count = 1] = run.split('*').map(Number)
  return new Array<number>(count).fill(length ?? 0)
})

/** A node of the code's tree: two children, by index, or the byte a leaf stands for. */
interface Tree {
  /** `[left, right]` of node n at `2n`; a leaf is written `-1 - byte`. */
  children: number[]
}

function buildTree(): Tree {
  const symbols = codeLengths.map((length, symbol) => ({ length, symbol }))
  const children = [0, 0]
  let code = 0
  let before = 0
  for (const { length, symbol } of symbols.toSorted((a, b) => a.length - b.length || a.symbol - b.symbol)) {
    code = before === 0 ? 0 : (code + 1) * 2 ** (length - before)
    before = length
    addLeaf(children, code, length, symbol)
  }
  return { children }
}

function addLeaf(children: number[], code: number, length: number, symbol: number): void {
  let node = 0
  for (let bit = length - 1; bit > 0; bit--) {
    const side = 2 * node + (Math.floor(code / 2 ** bit) & 1)
    if (!children[side]) {
      children[side] = children.length / 2
      children.push(0, 0)
    }
    node = children[side] ?? 0
  }
  children[2 * node + (code & 1)] = -1 - symbol
}

// Four bits a step: for each node and half byte the node it leads to, and what was read on the way. No code is shorter
// than five bits, so one step reads one byte at most.
const { children } = buildTree()
const nodes = children.length / 2
const next = new Int16Array(nodes * 16)
const emitted = new Int16Array(nodes * 16)
for (let node = 0; node < nodes; node++) {
  for (let half = 0; half < 16; half++) {
    let at = node
    let byte = -1
    for (let bit = 3; bit >= 0; bit--) {
      const child = children[2 * at + ((half >> bit) & 1)] ?? 0
      if (child < 0) byte = -1 - child
      at = child < 0 ? 0 : child
    }
    next[node * 16 + half] = at
    emitted[node * 16 + half] = byte
  }
}

/** Nodes reached from the root by ones alone, up to seven of them: the only padding allowed. */
const paddings = new Set<number>([0])
for (let at = 0, bits = 0; bits < 7; bits++) {
  at = children[2 * at + 1] ?? 0
  paddings.add(at)
}

/** Latin-1 text. Throws `ConnectionError` for padding that is none. */
export function decodeHuffman(bytes: Buffer): string {
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5))
  let length = 0
  let at = 0
  for (const byte of bytes) {
    for (const step of [at * 16 + (byte >> 4), -1]) {
      const index = step >= 0 ? step : at * 16 + (byte & 15)
      const symbol = emitted[index] ?? -1
      if (symbol === endOfString) throw new ConnectionError(errorCodes.compressionError, 'an end of string in a string')
      if (symbol >= 0) out[length++] = symbol
      at = next[index] ?? 0
    }
  }
  if (!paddings.has(at))
    throw new ConnectionError(errorCodes.compressionError, 'a string cut off in the middle of a code')
  return out.toString('latin1', 0, length)
}
