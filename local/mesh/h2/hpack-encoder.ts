// Writes header blocks (RFC 7541 section 6): indexed where a line was sent before, plain text else.
import { DynamicTable, type Entry, sizeOf, staticTable } from './hpack-table.ts'

/** Lines that are new each time would only push others out of the table. */
const everNew = new Set([
  ':path',
  'age',
  'content-length',
  'content-range',
  'date',
  'etag',
  'forwarded',
  'grpc-message',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
  'traceparent',
  'x-b3-spanid',
  'x-b3-traceid',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-upstream-service-time',
  'x-request-id',
])

/** Secrets stay out of the table, and of those of hops after us (section 7.1.3). */
const secret = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie'])

const staticLines = new Map<string, number>()
const staticNames = new Map<string, number>()
for (const [index, { name, value }] of staticTable.entries()) {
  if (value !== '') staticLines.set(`${name}\0${value}`, index + 1)
  if (!staticNames.has(name)) staticNames.set(name, index + 1)
}

/** Lines and names looked up in the table: more than it can hold are mostly evicted ones. */
const mostRemembered = 512

const neverIndexed = 0x10
const plain = 0x00
const withIndexing = 0x40

export class HpackEncoder {
  readonly #table: DynamicTable
  /** By line and by name: how many entries there were with this one. */
  readonly #lines = new Map<string, number>()
  readonly #names = new Map<string, number>()
  /** The sizes still to be told to the peer: the least one asked for, then the one that holds. */
  #resizes: number[] = []
  #out: Buffer = Buffer.allocUnsafe(1_024)
  #length = 0

  constructor(tableSize = 4_096) {
    this.#table = new DynamicTable(tableSize)
  }

  /** The peer offers a table of another size: told to it with the next block. */
  resize(offered: number): void {
    const size = Math.min(offered, 4_096)
    const least = Math.min(size, ...this.#resizes)
    this.#resizes = least < size ? [least, size] : [size]
    this.#table.resize(size)
  }

  /** `headers` is `[name, value, …]`, names in lower case. */
  encode(headers: readonly string[]): Buffer {
    this.#length = 0
    for (const size of this.#resizes.splice(0)) this.#integer(size, 5, 0x20)
    for (let index = 0; index < headers.length; index += 2) {
      this.#line(headers[index] ?? '', headers[index + 1] ?? '')
    }
    return Buffer.from(this.#out.subarray(0, this.#length))
  }

  #line(name: string, value: string): void {
    const key = `${name}\0${value}`
    const known = staticLines.get(key) ?? this.#position(this.#lines.get(key))
    if (known !== undefined) this.#integer(known, 7, 0x80)
    else this.#literal(name, value, key)
  }

  #literal(name: string, value: string, key: string): void {
    const index = staticNames.get(name) ?? this.#position(this.#names.get(name)) ?? 0
    const entry: Entry = { name, value }
    const kept = !everNew.has(name) && !secret.has(name) && sizeOf(entry) <= this.#table.limit / 4
    if (kept) this.#integer(index, 6, withIndexing)
    else this.#integer(index, 4, secret.has(name) ? neverIndexed : plain)
    if (index === 0) this.#string(name)
    this.#string(value)
    if (kept) this.#keep(entry, key)
  }

  #keep(entry: Entry, key: string): void {
    this.#table.add(entry)
    if (this.#lines.size > mostRemembered) this.#forgetEvicted()
    this.#lines.set(key, this.#table.added)
    this.#names.set(entry.name, this.#table.added)
  }

  #forgetEvicted(): void {
    for (const known of [this.#lines, this.#names]) {
      for (const [key, added] of known) if (this.#position(added) === undefined) known.delete(key)
    }
  }

  /** The index an entry has by now; undefined once it was evicted. */
  #position(added: number | undefined): number | undefined {
    if (added === undefined) return undefined
    const age = this.#table.added - added
    return age < this.#table.length ? staticTable.length + 1 + age : undefined
  }

  #integer(value: number, prefix: number, pattern: number): void {
    this.#reserve(6)
    const most = (1 << prefix) - 1
    if (value < most) {
      this.#out[this.#length++] = pattern | value
      return
    }
    this.#out[this.#length++] = pattern | most
    let rest = value - most
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#out[this.#length++] = (rest & 0x7f) | 0x80
    this.#out[this.#length++] = rest
  }

  #string(text: string): void {
    this.#integer(text.length, 7, 0)
    this.#reserve(text.length)
    this.#length += this.#out.write(text, this.#length, 'latin1')
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#out.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes))
    this.#out.copy(larger, 0, 0, this.#length)
    this.#out = larger
  }
}
