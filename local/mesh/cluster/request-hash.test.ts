import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import type { HashKey } from '../table/cluster.ts'
import { request } from './fixture.ts'
import { hashRequest } from './request-hash.ts'

const random = seededRandom(3)
const hashOf = (key: HashKey, headers: string[] = [], target = '/') =>
  hashRequest(key, request({ headers, target }), random)

const cookie = (ttlMs: number | undefined, path = ''): HashKey => ({
  kind: 'cookie',
  name: 'sess',
  path,
  ttlMs,
  attributes: [],
})

describe('what is hashed of a request', () => {
  it('has no hash without the header or the query parameter', () => {
    expect(hashOf({ kind: 'header', name: 'x-user' }, ['x-other', 'a']).hash).toBeUndefined()
    expect(hashOf({ kind: 'query', name: 'q' }, [], '/a?p=1').hash).toBeUndefined()
    expect(hashOf({ kind: 'query', name: 'q' }, [], '/q=1').hash).toBeUndefined()
  })

  it('hashes an empty value all the same', () => {
    expect(hashOf({ kind: 'header', name: 'x-user' }, ['x-user', '']).hash).toBeDefined()
    expect(hashOf({ kind: 'query', name: 'q' }, [], '/?q').hash).toBe(
      hashOf({ kind: 'query', name: 'q' }, [], '/?q=').hash,
    )
  })

  it('takes lines of a header in any order as the same', () => {
    const key: HashKey = { kind: 'header', name: 'x-h' }
    expect(hashOf(key, ['x-h', 'a', 'x-h', 'b']).hash).toBe(hashOf(key, ['x-h', 'b', 'x-h', 'a']).hash)
  })

  it('finds a cookie in any of several lines', () => {
    const one = hashOf(cookie(undefined), ['cookie', 'a=b', 'cookie', 'c=d; sess=7']).hash
    expect(one).toBe(hashOf(cookie(undefined), ['cookie', 'sess=7']).hash)
  })

  it('is not misled by a cookie whose name ends alike', () => {
    expect(hashOf(cookie(undefined), ['cookie', 'mysess=7']).hash).toBeUndefined()
  })
})

describe('a missing cookie', () => {
  it('is made when there is a ttl, and leads to where the made one will lead', () => {
    const { hash, setCookie } = hashOf(cookie(3_600_000))
    expect(setCookie).toMatch(/^sess="[0-9a-f]{16}"; Max-Age=3600; HttpOnly$/)
    const value = setCookie?.match(/"(.*)"/)?.[1]
    expect(hashOf(cookie(3_600_000), ['cookie', `sess=${value}`])).toEqual({ hash, setCookie: undefined })
  })

  it('is a cookie of the session with a ttl of zero', () => {
    expect(hashOf(cookie(0, '/p')).setCookie).toMatch(/^sess="[0-9a-f]{16}"; Path=\/p; HttpOnly$/)
  })

  it('stays missing without a ttl', () => {
    expect(hashOf(cookie(undefined))).toEqual({ hash: undefined, setCookie: undefined })
  })

  it('is another one each time', () => {
    expect(hashOf(cookie(0)).setCookie).not.toBe(hashOf(cookie(0)).setCookie)
  })
})
