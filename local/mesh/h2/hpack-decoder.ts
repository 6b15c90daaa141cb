// Reads header blocks (RFC 7541 section 6) into lists of names and values.
import type { HeaderList } from '../codec/head.ts'
import { DynamicTable, type Entry, staticTable } from './hpack-table.ts'
import { decodeHuffman } from './huffman.ts'
import { ConnectionError, errorCodes } from './protocol.ts'

/** What we offer as SETTINGS_HEADER_TABLE_SIZE: the default. */
const tableSize = 4_096
/** No length or index of an honest block needs more (section 5.1). */
const largestInteger = 2 ** 24

export class HpackDecoder {
  readonly #table = new DynamicTable(tableSize)
  #block: Buffer = Buffer.alloc(0)
  #at = 0

  /**
   * `[name, value, …]` as they stand in the block. Throws `ConnectionError`: after a block that cannot be read no other can.
   * The list may get `mostBytes` long (names, values and 32 for each line); what is beyond is read and left out.
   */
  decode(block: Buffer, mostBytes: number): { headers: HeaderList; tooLarge: boolean } {
    this.#block = block
    this.#at = 0
    const headers: HeaderList = []
    let size = 0
    while (this.#at < block.length) {
      const entry = this.#field(block[this.#at] ?? 0)
      if (!entry) continue
      size += entry.name.length + entry.value.length + 32
      if (size <= mostBytes) headers.push(entry.name, entry.value)
    }
    return { headers, tooLarge: size > mostBytes }
  }

  /** One field; undefined for a change of the table's size. */
  #field(first: number): Entry | undefined {
    if (first & 0x80) return this.#entry(this.#integer(7))
    if (first & 0x40) {
      const entry = this.#literal(6)
      this.#table.add(entry)
      return entry
    }
    if (first & 0x20) {
      this.#resize(this.#integer(5))
      return undefined
    }
    return this.#literal(4)
  }

  #resize(size: number): void {
    if (size > tableSize) throw broken('a table larger than offered')
    this.#table.resize(size)
  }

  #literal(prefix: number): Entry {
    const index = this.#integer(prefix)
    const name = index === 0 ? this.#string() : this.#entry(index).name
    return { name, value: this.#string() }
  }

  #entry(index: number): Entry {
    const entry = index <= staticTable.length ? staticTable[index - 1] : this.#table.at(index - staticTable.length - 1)
    if (!entry) throw broken(`an index of nothing: ${index}`)
    return entry
  }

  /** Of `prefix` bits in the present byte, and of what follows when they are all ones. */
  #integer(prefix: number): number {
    const most = (1 << prefix) - 1
    let value = this.#byte() & most
    if (value < most) return value
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** shift
      if (value > largestInteger) throw broken('a number too large')
      if (byte < 0x80) return value
    }
  }

  #string(): string {
    const huffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0
    const length = this.#integer(7)
    const end = this.#at + length
    if (end > this.#block.length) throw broken('a string beyond its block')
    const from = this.#at
    this.#at = end
    if (huffman) return decodeHuffman(this.#block.subarray(from, end))
    return this.#block.toString('latin1', from, end)
  }

  #byte(): number {
    const byte = this.#block[this.#at++]
    if (byte === undefined) throw broken('a block that ends in the middle')
    return byte
  }
}

function broken(why: string): ConnectionError {
  return new ConnectionError(errorCodes.compressionError, why)
}
