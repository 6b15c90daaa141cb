import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readClientHello } from './client-hello.ts'

/** What a real client says first. */
function helloOf(options: ConnectionOptions): Promise<Buffer> {
  return new Promise(resolve => {
    const wire = new Duplex({ read() {}, write: (bytes: Buffer) => resolve(bytes) })
    connect({ socket: wire, ...options }).on('error', () => {})
  })
}

const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const prefixed = (bytes: Buffer) => Buffer.concat([u16(bytes.length), bytes])
const record = (content: Buffer, type = 22, major = 3) =>
  Buffer.concat([Buffer.from([type, major, 1]), prefixed(content)])
const extension = (type: number, content: Buffer) => Buffer.concat([u16(type), prefixed(content)])

/** A handshake message of a type, with the length it says of itself. */
function message(content: Buffer, { type = 1, length = content.length } = {}): Buffer {
  return Buffer.concat([Buffer.from([type, length >> 16, (length >> 8) & 255, length & 255]), content])
}

/** Version, random, a session id of three bytes, one cipher suite, no compression, and what follows. */
function content(extensions?: Buffer): Buffer {
  const fixed = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([3, 1, 2, 3, 0, 2, 0x13, 1, 1, 0]),
  ])
  return extensions ? Buffer.concat([fixed, prefixed(extensions)]) : fixed
}

const name = (text: string, type = 0) => prefixed(Buffer.concat([Buffer.from([type]), prefixed(Buffer.from(text))]))
const nameExtension = (text: string) => extension(0, name(text))
const whole = (extensions?: Buffer) => record(message(content(extensions)))
const nameless = { serverName: undefined, applicationProtocols: [] }

describe('the hello of a real client', () => {
  const rows: [sentence: string, options: ConnectionOptions, serverName: string | undefined, protocols: string[]][] = [
    ['names whom it asks for', { servername: 'shop.test' }, 'shop.test', []],
    ['names it in lower case, whatever was asked', { servername: 'Shop.TEST' }, 'shop.test', []],
    ['may name nobody', { servername: '' }, undefined, []],
    [
      'offers protocols in its order',
      { servername: 'a.b', ALPNProtocols: ['h2', 'http/1.1'] },
      'a.b',
      ['h2', 'http/1.1'],
    ],
    ['is read alike in TLS 1.2', { servername: 'old.test', maxVersion: 'TLSv1.2' }, 'old.test', []],
    ['is read alike in TLS 1.3', { servername: 'new.test', minVersion: 'TLSv1.3' }, 'new.test', []],
  ]
  it.each(rows)('%s', async (_sentence, options, serverName, applicationProtocols) => {
    expect(readClientHello(await helloOf(options))).toEqual({ serverName, applicationProtocols })
  })

  it('is incomplete at every byte but the last', async () => {
    const hello = await helloOf({ servername: 'shop.test' })
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length)), `${length} bytes`).toBe('incomplete')
    }
    expect(readClientHello(hello)).toMatchObject({ serverName: 'shop.test' })
  })

  it('may be spread over records, cut at any byte', async () => {
    const body = (await helloOf({ servername: 'shop.test', ALPNProtocols: ['istio'] })).subarray(5)
    for (const at of [1, 3, 4, 5, 60, body.length - 1]) {
      const parts = Buffer.concat([record(body.subarray(0, at)), record(body.subarray(at))])
      const expected = { serverName: 'shop.test', applicationProtocols: ['istio'] }
      expect(readClientHello(parts), `cut at ${at}`).toEqual(expected)
      expect(readClientHello(parts.subarray(0, parts.length - 1))).toBe('incomplete')
    }
  })

  it('is read the same with bytes behind it, and an empty record before it', async () => {
    const hello = await helloOf({ servername: 'shop.test' })
    const surrounded = Buffer.concat([record(Buffer.alloc(0)), hello, Buffer.from('early data')])
    expect(readClientHello(surrounded)).toMatchObject({ serverName: 'shop.test' })
  })
})

describe('a hello written by hand', () => {
  const rows: [sentence: string, bytes: Buffer, reading: ReturnType<typeof readClientHello>][] = [
    ['without extensions has no name', whole(), nameless],
    ['with an empty list of extensions has no name', whole(Buffer.alloc(0)), nameless],
    ['with a name of another type than a host has none', whole(extension(0, name('x', 1))), nameless],
    ['with an empty name has none', whole(nameExtension('')), nameless],
    [
      'finds the name behind other extensions',
      whole(Buffer.concat([extension(10, Buffer.alloc(9)), nameExtension('a.b')])),
      { ...nameless, serverName: 'a.b' },
    ],
    [
      'whose name is longer than its extension is none',
      whole(extension(0, Buffer.from([0, 9, 0, 0, 9, 97]))),
      'not TLS',
    ],
    ['whose extension is cut short is none', whole(Buffer.from([0, 0, 0, 99, 1])), 'not TLS'],
    ['whose protocol is cut short is none', whole(extension(16, prefixed(Buffer.from([9, 104, 50])))), 'not TLS'],
    [
      'that ends in its session id is none',
      record(message(Buffer.concat([Buffer.alloc(34), Buffer.from([200])]))),
      'not TLS',
    ],
    ['of no bytes is none', record(message(Buffer.alloc(0))), 'not TLS'],
    ['that is longer than any is none', record(message(Buffer.alloc(100), { length: 16_385 })), 'not TLS'],
  ]
  it.each(rows)('%s', (_sentence, bytes, reading) => {
    expect(readClientHello(bytes)).toEqual(reading)
  })

  it('that does not end within 16 KiB is waited for no longer', () => {
    const bytes = Buffer.concat([record(message(Buffer.alloc(9_000), { length: 16_384 })), record(Buffer.alloc(7_366))])
    expect(bytes).toHaveLength(16_380)
    expect(readClientHello(bytes)).toBe('incomplete')
    expect(readClientHello(Buffer.concat([bytes, record(Buffer.alloc(10))]))).toBe('too long')
  })
})

describe('bytes that are no hello', () => {
  const rows: [sentence: string, bytes: Buffer, reading: string][] = [
    ['nothing yet', Buffer.alloc(0), 'incomplete'],
    ['four bytes, of whatever kind', Buffer.from('hihi'), 'incomplete'],
    ['five bytes of text', Buffer.from('hihih'), 'not TLS'],
    ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not TLS'],
    ['a record of another version', record(message(content()), 22, 9), 'not TLS'],
    ['an alert', record(Buffer.from([2, 40]), 21), 'not TLS'],
    ['another message of the handshake', record(message(content(), { type: 2 })), 'not TLS'],
    [
      'a second record of another type',
      Buffer.concat([record(message(content()).subarray(0, 9)), record(Buffer.alloc(9), 23)]),
      'not TLS',
    ],
  ]
  it.each(rows)('%s', (_sentence, bytes, reading) => {
    expect(readClientHello(bytes)).toBe(reading)
  })
})

describe('any bytes at all', () => {
  /** A reading that is final: more bytes change nothing. */
  const settledAt = (bytes: Buffer) => {
    for (let length = 0; length <= bytes.length; length++) {
      const reading = readClientHello(bytes.subarray(0, length))
      if (reading !== 'incomplete') return { length, reading }
    }
    return undefined
  }

  it('are judged without an error, and once judged stay so', () => {
    const hello = whole(Buffer.concat([nameExtension('shop.test'), extension(16, prefixed(Buffer.from([2, 104, 50])))]))
    const mutated = fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 6 }).map(changes => {
      const bytes = Buffer.from(hello)
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
    const anything = fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes))
    fc.assert(
      fc.property(fc.oneof(mutated, anything), anything, (bytes, more) => {
        const settled = settledAt(bytes)
        if (settled) expect(readClientHello(Buffer.concat([bytes, more]))).toEqual(settled.reading)
      }),
      { seed: 1, numRuns: 400 },
    )
  })
})
