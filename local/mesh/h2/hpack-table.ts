// The tables of HPACK (RFC 7541 section 2.3): the static one, and the one a connection fills.

const written =
  ':authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|' +
  ':status=206|:status=304|:status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|' +
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|' +
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|' +
  'cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|' +
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|' +
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate'

export interface Entry {
  name: string
  value: string
}

export const staticTable: readonly Entry[] = written.split('|').map(text => {
  const equals = text.indexOf('=')
  return equals < 0 ? { name: text, value: '' } : { name: text.slice(0, equals), value: text.slice(equals + 1) }
})

/** What an entry counts for, in bytes (section 4.1). */
export function sizeOf({ name, value }: Entry): number {
  return name.length + value.length + 32
}

/** Evicted entries are cleared away by so many. */
const mostEvicted = 128

/** Entries of one direction of one connection, the newest first. Names and values are Latin-1. */
export class DynamicTable {
  /** The newest last, so that adding moves nothing. */
  readonly #entries: Entry[] = []
  /** Entries before this one are evicted. */
  #first = 0
  /** Evicted entries that are no longer even kept. */
  #dropped = 0
  #size = 0
  #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#entries.length - this.#first
  }

  get limit(): number {
    return this.#limit
  }

  /** How many entries were ever added: an entry's age is told by it. */
  get added(): number {
    return this.#dropped + this.#entries.length
  }

  /** 0 is the newest. */
  at(index: number): Entry | undefined {
    return index < this.length ? this.#entries[this.#entries.length - 1 - index] : undefined
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#size += sizeOf(entry)
    this.#evict()
  }

  resize(limit: number): void {
    this.#limit = limit
    this.#evict()
  }

  #evict(): void {
    while (this.#size > this.#limit && this.length > 0) {
      const oldest = this.#entries[this.#first]
      if (oldest) this.#size -= sizeOf(oldest)
      this.#first++
    }
    if (this.#first < mostEvicted) return
    this.#entries.splice(0, this.#first)
    this.#dropped += this.#first
    this.#first = 0
  }
}
