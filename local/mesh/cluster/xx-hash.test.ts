import { describe, expect, it } from 'vitest'
import { xxHash64 } from './xx-hash.ts'

describe('xxHash64', () => {
  // Published values of the reference implementation.
  it.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ])('of %j is %s', (text, expected) => {
    expect(xxHash64(text).toString(16)).toBe(expected)
  })

  it('differs by seed', () => {
    expect(xxHash64('a', 1n)).not.toBe(xxHash64('a'))
  })

  it('hashes UTF-8 bytes', () => {
    expect(xxHash64('é')).toBe(xxHash64(Buffer.from([0xc3, 0xa9]).toString()))
    expect(xxHash64('é')).not.toBe(xxHash64('e'))
  })

  it('stays within 64 bits for every length', () => {
    for (let length = 0; length < 100; length++) {
      expect(xxHash64('x'.repeat(length))).toBeLessThan(1n << 64n)
    }
  })
})
