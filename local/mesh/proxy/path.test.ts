import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRequestHead } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import { normalizeTarget, parseAbsoluteTarget, whatIsAsked } from './path.ts'

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

describe('what a request asks for', () => {
  const rows: [sentence: string, line: string, host: string | undefined, tunnel: string | undefined, asked: string][] =
    [
      ['its path at its host', 'GET /p', 'a.test', undefined, 'a.test /p'],
      ['an absolute target names the host itself', 'GET http://b.test/p?q', 'a.test', undefined, 'b.test /p?q'],
      ['behind a CONNECT the host named there, where none is', 'GET /p', undefined, 'c.test:80', 'c.test:80 /p'],
      ['its own host behind a CONNECT', 'GET /p', 'a.test', 'c.test:80', 'a.test /p'],
      ['nothing of the path changes without a host', 'GET /a/../p', undefined, undefined, ' /a/../p'],
      ['an asterisk of OPTIONS', 'OPTIONS *', 'a.test', undefined, 'a.test *'],
      ['a path to be normalised', 'GET /a/../p', 'a.test', undefined, 'a.test /p'],
    ]
  it.each(rows)('%s', (_sentence, line, host, tunnel, asked) => {
    const head = parseRequestHead(`${line} HTTP/1.1${host === undefined ? '' : `\r\nhost: ${host}`}`)
    const { host: named, target } = whatIsAsked(head, tunnel, normalizeTarget)
    expect(`${named} ${target}`).toBe(asked)
  })

  it('an asterisk of another method is refused', () => {
    const head = parseRequestHead('GET * HTTP/1.1\r\nhost: a.test')
    expect(() => whatIsAsked(head, undefined, normalizeTarget)).toThrow()
  })
})
