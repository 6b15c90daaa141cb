import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedMessage } from '../codec/malformed.ts'
import { normalizeTarget, parseAbsoluteTarget } from './path.ts'

describe('a request target', () => {
  it.each([
    ['/', '/'],
    ['/a?b=/../c', '/a?b=/../c'],
    ['/zzz/../a/x', '/a/x'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/a/.', '/a/'],
    ['/a/./', '/a/'],
    ['/.hidden', '/.hidden'],
    ['/a/...', '/a/...'],
    ['/%2e%2e/a', '/a'],
    ['/%7Euser', '/~user'],
    ['/%2F', '/%2F'],
    ['/%zz', '/%zz'],
    ['//a//b', '//a//b'],
    ['/a\\b', '/a/b'],
    ['/a#frag?q', '/a'],
    ['/a?q#frag', '/a?q'],
    ['/a?%61', '/a?%61'],
  ])('%s is matched and sent on as %s', (target, normal) => {
    expect(normalizeTarget(target)).toBe(normal)
  })

  it.each(['', 'a', 'a/b', '*', '?q'])('%j is refused: it does not begin with a slash', target => {
    expect(() => normalizeTarget(target)).toThrow(MalformedMessage)
  })

  it('with a NUL is refused without a word', () => {
    expect(() => normalizeTarget('/a%00')).toThrow(expect.objectContaining({ status: 400, bare: true }))
    expect(normalizeTarget('/a?%00')).toBe('/a?%00')
  })

  it('never climbs above the root, and is normal once normalised', () => {
    const segment = fc.constantFrom('..', '.', 'a', '', '%2e', '%2E%2e', '%2f', 'b.c', '\\')
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), segments => {
        const normal = normalizeTarget(`/${segments.join('/')}`)
        expect(normal.split('/')).not.toContain('..')
        expect(normal.startsWith('/')).toBe(true)
        expect(normalizeTarget(normal)).toBe(normal)
      }),
      { seed: 29, numRuns: 500 },
    )
  })
})

describe('an absolute target', () => {
  it.each([
    ['http://a.b/c?d', { scheme: 'http', authority: 'a.b', target: '/c?d' }],
    ['HTTP://a.b', { scheme: 'http', authority: 'a.b', target: '/' }],
    ['http://a.b:81?q', { scheme: 'http', authority: 'a.b:81', target: '/?q' }],
    ['http://user:pw@a.b/', { scheme: 'http', authority: 'a.b', target: '/' }],
    ['https://[::1]:1/x', { scheme: 'https', authority: '[::1]:1', target: '/x' }],
  ])('%s is split', (target, parts) => {
    expect(parseAbsoluteTarget(target)).toEqual(parts)
  })

  it.each(['/http://a.b/', 'ftp://a.b/', 'http:///x', 'a.b', '*', ''])('%j is none', target => {
    expect(parseAbsoluteTarget(target)).toBeUndefined()
  })
})
