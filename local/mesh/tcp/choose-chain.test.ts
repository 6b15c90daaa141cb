import { describe, expect, it } from 'vitest'
import { addressBlock } from '../security/address-block.ts'
import type { TcpChain } from '../table/tcp-route.ts'
import { chainFor, outboundChain } from './choose-chain.ts'

const origin = { kind: 'VirtualService', namespace: 'app', name: 'v', path: '' }

/** A chain known by its cluster: `names` as `a.test *.test`, `subnets` as `10.0.0.0/8`. */
function chain(cluster: string, names: string, subnets = '', protocols = ''): TcpChain {
  const list = (text: string) => text.split(' ').filter(Boolean)
  return {
    serverNames: list(names),
    applicationProtocols: list(protocols),
    subnets: list(subnets).flatMap(one => addressBlock(one) ?? []),
    route: { origin, clusters: [{ cluster, weight: 1 }], totalWeight: 1, originatesTls: true },
  }
}

const clusterOf = (found: TcpChain | undefined) => found?.route.clusters[0]?.cluster ?? 'nobody'

describe('a chain by the name in a hello', () => {
  const chains = [
    chain('all of test', '*.test'),
    chain('shop', 'shop.test other.org'),
    chain('wide', '*.wide.shop.test *.com'),
    chain('shops', '*.shop.test'),
  ]
  const rows: [sentence: string, name: string | undefined, cluster: string][] = [
    ['an exact name goes before any wildcard', 'shop.test', 'shop'],
    ['any name of a chain leads to it', 'other.org', 'shop'],
    ['the longest wildcard counts, in whatever order they stand', 'a.wide.shop.test', 'wide'],
    ['a shorter one takes what the longer leaves', 'a.shop.test', 'shops'],
    ['a wildcard covers names however deep', 'a.b.c.test', 'all of test'],
    ['the suffix alone is not below itself', 'com', 'nobody'],
    ['a suffix ends at a dot', 'notcom', 'nobody'],
    ['a trailing dot is part of the name', 'shop.test.', 'nobody'],
    ['an unknown name is for nobody', 'shop.example', 'nobody'],
    ['no name at all is for nobody', undefined, 'nobody'],
  ]
  it.each(rows)('%s', (_sentence, serverName, cluster) => {
    expect(clusterOf(chainFor(chains, { serverName }))).toBe(cluster)
  })

  it('`*` takes what is left, and whoever has no name or speaks no TLS', () => {
    const open = [chain('rest', '*'), ...chains]
    const met = [{ serverName: 'shop.example' }, { serverName: undefined }, {}, { serverName: 'shop.test' }]
    expect(met.map(hello => clusterOf(chainFor(open, hello)))).toEqual(['rest', 'rest', 'rest', 'shop'])
  })

  it('is found whatever the case of the rule', () => {
    expect(clusterOf(chainFor([chain('shop', 'Shop.TEST')], { serverName: 'shop.test' }))).toBe('shop')
  })

  it('that asks for protocols takes only whom offers one, and leaves nothing to others', () => {
    const chains = [chain('mesh', 'a.test', '', 'istio istio-h2'), chain('rest', '*')]
    const met = (applicationProtocols: string[]) =>
      clusterOf(chainFor(chains, { serverName: 'a.test', applicationProtocols }))
    expect([met(['h2', 'istio-h2']), met(['h2']), met([])]).toEqual(['mesh', 'nobody', 'nobody'])
  })

  it('is none where there is none', () => {
    expect(chainFor([], { serverName: 'a' })).toBeUndefined()
    expect(chainFor([chain('plain', '')], { serverName: 'a' })).toBeUndefined()
  })
})

describe('a chain by where the caller wants to go', () => {
  const chains = [
    chain('anywhere', '*'),
    chain('ten', '*', '10.0.0.0/8 192.168.0.0/16'),
    chain('narrow', 'a.test', '10.1.0.0/16'),
    chain('six', '*', '2001:db8::/32'),
  ]
  const rows: [sentence: string, destination: string | undefined, name: string | undefined, cluster: string][] = [
    ['one without blocks takes other destinations', '8.8.8.8', undefined, 'anywhere'],
    ['a block that holds the address goes before it', '10.9.9.9', undefined, 'ten'],
    ['any block of a chain will do', '192.168.3.4', undefined, 'ten'],
    ['the narrowest block decides', '10.1.2.3', 'a.test', 'narrow'],
    ['and no name makes up for it', '10.1.2.3', 'b.test', 'nobody'],
    ['blocks of IPv6 hold too', '2001:db8::5', undefined, 'six'],
    ['an address that is not known is in no block', undefined, 'a.test', 'anywhere'],
  ]
  it.each(rows)('%s', (_sentence, destination, serverName, cluster) => {
    expect(clusterOf(outboundChain(chains, { serverName }, destination))).toBe(cluster)
  })

  it('a block of every address goes before none', () => {
    const open = [chain('anywhere', '*'), chain('every', '*', '0.0.0.0/0')]
    expect(clusterOf(outboundChain(open, {}, '1.2.3.4'))).toBe('every')
    expect(clusterOf(outboundChain(open, {}, undefined))).toBe('anywhere')
  })

  it('is none when all ask for other destinations', () => {
    expect(outboundChain([chain('ten', '*', '10.0.0.0/8')], {}, '8.8.8.8')).toBeUndefined()
    expect(outboundChain([], {}, '8.8.8.8')).toBeUndefined()
  })
})
