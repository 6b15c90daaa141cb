import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { HpackEncoder } from './hpack-encoder.ts'
import { ConnectionError } from './protocol.ts'

const roomy = 1 << 20
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const lines = (...pairs: [string, string][]) => pairs.flat()

describe('the examples of RFC 7541', () => {
  it('appendix C.4: requests with Huffman codes, one connection', () => {
    const decoder = new HpackDecoder()
    const request = lines([':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com'])
    expect(decoder.decode(bytes('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'), roomy).headers).toEqual(request)
    const second = decoder.decode(bytes('8286 84be 5886 a8eb 1064 9cbf'), roomy).headers
    expect(second).toEqual([...request, 'cache-control', 'no-cache'])
    expect(decoder.decode(bytes('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'), roomy).headers).toEqual(
      lines(
        [':method', 'GET'],
        [':scheme', 'https'],
        [':path', '/index.html'],
        [':authority', 'www.example.com'],
        ['custom-key', 'custom-value'],
      ),
    )
  })

  it('appendix C.2: literals of all three kinds', () => {
    const decoder = new HpackDecoder()
    const literal = '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'
    expect(decoder.decode(bytes(literal), roomy).headers).toEqual(['custom-key', 'custom-header'])
    const unindexed = '040c 2f73 616d 706c 652f 7061 7468'
    expect(decoder.decode(bytes(unindexed), roomy).headers).toEqual([':path', '/sample/path'])
    const never = '1008 7061 7373 776f 7264 0673 6563 7265 74'
    expect(decoder.decode(bytes(never), roomy).headers).toEqual(['password', 'secret'])
    expect(decoder.decode(bytes('be'), roomy).headers).toEqual(['custom-key', 'custom-header'])
  })
})

describe('blocks that cannot be read', () => {
  it.each([
    ['an index of nothing', '80'],
    ['an index beyond the tables', 'ff ff 03'],
    ['a string beyond its block', '00 05 61'],
    ['a number without an end', '7f ff ff ff ff ff ff'],
    ['a block that ends in a number', '7f'],
    ['a table larger than offered', '3f e2 1f'],
    ['Huffman padding of zeros', '00 81 18 00'],
    ['the end of string in a string', '00 84 ff ff ff ff 00'],
  ])('%s', (_sentence, hex) => {
    expect(() => new HpackDecoder().decode(bytes(hex), roomy)).toThrow(ConnectionError)
  })

  it('a list that is too long is read to its end, so that the next block can be', () => {
    const encoder = new HpackEncoder()
    const decoder = new HpackDecoder()
    const long = lines(['a', 'x'.repeat(600)], ['b', 'kept'])
    expect(decoder.decode(encoder.encode(long), 500)).toMatchObject({ tooLarge: true })
    expect(decoder.decode(encoder.encode(long), roomy)).toEqual({ headers: long, tooLarge: false })
  })
})

describe('encoder and decoder', () => {
  const names = [':path', ':status', 'accept', 'x-user', 'x-request-id', 'authorization', 'set-cookie', 'content-type']

  it('agree on whatever was sent before, through evictions and changes of the table', () => {
    const random = seededRandom(7)
    const encoder = new HpackEncoder()
    const decoder = new HpackDecoder()
    const below = (most: number) => Math.floor(random.next() * most)
    for (let block = 0; block < 2_000; block++) {
      if (below(100) === 0) encoder.resize(below(4_097))
      const headers: string[] = []
      for (let line = below(12); line >= 0; line--) {
        headers.push(names[below(names.length)] ?? '', `v${below(40)}${'é'.repeat(below(60))}`)
      }
      expect(decoder.decode(encoder.encode(headers), roomy).headers).toEqual(headers)
    }
  })

  it('send a line again as one byte', () => {
    const encoder = new HpackEncoder()
    const line = ['x-user', 'jane']
    expect(encoder.encode(line).length).toBeGreaterThan(8)
    expect(encoder.encode(line)).toHaveLength(1)
  })

  it('keep secrets and passing values out of the table', () => {
    const encoder = new HpackEncoder()
    for (const name of ['authorization', 'cookie', 'x-request-id']) {
      const size = encoder.encode([name, 'value']).length
      expect(encoder.encode([name, 'value'])).toHaveLength(size)
    }
    expect(encoder.encode(['authorization', 'value'])[0]).toBe(0x1f)
  })
})
