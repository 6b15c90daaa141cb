// Hosts, parameters and draws: the parts of the walk that rules alone do not show.
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { toVirtualHosts } from '../compile/virtual-hosts.ts'
import type { ForwardAction } from '../table/route.ts'
import type { VirtualHost } from '../table/virtual-hosts.ts'
import { drawCluster, hostOf, pathOf, pickHost, queryValue } from './walk.ts'

const named = (name: string): VirtualHost => ({ name, routes: [], httpsRedirect: false })

describe('the virtual host', () => {
  const domains = ['a.com', '*.a.com', '*.b.a.com', '[2001:db8::1]', '*']
  const hosts = toVirtualHosts(domains.map(name => [name, named(name)]))
  it.for([
    ['a.com', 'a.com'],
    ['a.com:80', 'a.com'],
    ['A.COM:8080', 'a.com'],
    ['x.a.com', '*.a.com'],
    ['x.b.a.com', '*.b.a.com'],
    ['b.a.com', '*.a.com'],
    ['.a.com', '*'],
    ['[2001:db8::1]', '[2001:db8::1]'],
    ['[2001:DB8::1]:80', '[2001:db8::1]'],
    ['other', '*'],
    ['', '*'],
  ])('%s meets %s', ([authority = '', name]) => expect(pickHost(hosts, authority)?.name).toBe(name))
  it('is none without `*`', () => expect(pickHost(toVirtualHosts([]), 'a.com')).toBeUndefined())
  it('of a domain named twice is the first', () => {
    expect(
      pickHost(
        toVirtualHosts([
          ['a', named('first')],
          ['a', named('second')],
        ]),
        'a',
      )?.name,
    ).toBe('first')
  })
})

describe('a host', () => {
  it.for([
    ['a.com', 'a.com'],
    ['A.com:1', 'a.com'],
    ['[::1]', '[::1]'],
    ['[::1]:80', '[::1]'],
    ['a:', 'a'],
  ])('%s is %s', ([authority = '', host]) => expect(hostOf(authority)).toBe(host))
})

describe('a path', () => {
  it.for([
    ['/a', '/a'],
    ['/a?b?c', '/a'],
    ['/a#f', '/a'],
    ['/?', '/'],
    ['*', '*'],
  ])('of %s is %s', ([target = '', path]) => expect(pathOf(target)).toBe(path))
})

describe('a query parameter', () => {
  it.for([
    ['/?v=1', '1'],
    ['/?v=1&v=2', '1'],
    ['/?a&v', ''],
    ['/?v=', ''],
    ['/?v=a=b', 'a=b'],
    ['/?V=1', undefined],
    ['/', undefined],
    ['/?', undefined],
    ['/?a=v', undefined],
    ['/?v=1#v=2', '1'],
    ['/#?v=1', undefined],
    ['/?&&v=1', '1'],
  ])('v of %s', ([target = '', value]) => expect(queryValue(target, 'v')).toBe(value))
})

describe('a draw', () => {
  const action = (...weights: number[]) => {
    const clusters = weights.map((weight, index) => ({ cluster: String(index), weight }))
    return { clusters, totalWeight: weights.reduce((sum, weight) => sum + weight, 0) } as unknown as ForwardAction
  }
  const share = (drawn: ForwardAction, cluster: string) => {
    const random = seededRandom(7)
    let hits = 0
    for (let index = 0; index < 10_000; index++) if (drawCluster(drawn, random)?.cluster === cluster) hits++
    return hits / 10_000
  }
  it('weights: 20 to 80', () => expect(share(action(20, 80), '0')).toBeCloseTo(0.2, 1))
  it('any sum: 1 to 3', () => expect(share(action(1, 3), '1')).toBeCloseTo(0.75, 1))
  it('a single cluster needs no chance', () => {
    const random = { next: () => expect.fail('nothing to draw') }
    expect(drawCluster(action(0), random)?.cluster).toBe('0')
  })
  it('the ends of the range belong to the ends of the list', () => {
    expect(drawCluster(action(1, 1), { next: () => 0 })?.cluster).toBe('0')
    expect(drawCluster(action(1, 1), { next: () => 1 - Number.EPSILON })?.cluster).toBe('1')
  })
  it('without clusters there is none', () => expect(drawCluster(action(), seededRandom(1))).toBeUndefined())
})
