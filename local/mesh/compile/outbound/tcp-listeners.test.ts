// Services and VirtualServices as YAML, and what connections of a caller meet that are not HTTP.
import { describe, expect, it } from 'vitest'
import type { TcpChain, TcpListener, TcpListeners } from '../../table/tcp-route.ts'
import { callerOf, compileText } from '../harness.ts'

const service = (name: string, port: number, portName: string, more = '') => `---
{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {ports: [{name: "${portName}", port: ${port}}]${more}}}
`
const entry = (host: string, port: number, protocol: string, more = '') => `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: "${host.replace('*', 'wild')}"}
spec: {hosts: ["${host}"], ports: [{number: ${port}, name: p, protocol: ${protocol}}], resolution: ${host.startsWith('*') ? 'NONE' : 'DNS'}${more}}
`
const rules = (hosts: string, kind: 'tls' | 'tcp', text: string, name = 'v', more = '') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec: {hosts: ${hosts}${more}, ${kind}: ${text}}
`
const to = (host: string, match = '') => `{${match && `match: [${match}], `}route: [{destination: {host: ${host}}}]}`

function listeners(
  yaml: string,
  port: number,
  labels: Record<string, string> = {},
  namespace = 'default',
): TcpListeners {
  return compileText(yaml).outbound(callerOf(namespace, labels), port).tcp
}

const short = (cluster: string) => cluster.replace('outbound|', '').replace('.default.svc.cluster.local', '')

/** `a.test 10.0.0.0/8 > 443||a.test` a chain. */
function chainText({ serverNames, subnets, route }: TcpChain): string {
  const blocks = subnets.map(({ written }) => written)
  return [...serverNames, ...blocks, '>', ...route.clusters.map(({ cluster }) => short(cluster))].join(' ')
}

const told = (listener: TcpListener | undefined) => listener && [listener.looksFor, ...listener.chains.map(chainText)]

describe('a service of a port of TCP', () => {
  const db = service('db', 5432, 'tcp-db')

  it.each(['db', 'db.default', 'db.default.svc', 'db.default.svc.cluster.local'])('is met as %s, unread', name => {
    expect(told(listeners(db, 5432).named.get(name))).toEqual(['nothing', '* > 5432||db'])
  })

  it('is met by its bare name from its own namespace alone, and by its address', () => {
    const withAddress = service('db', 5432, 'tcp', ', clusterIP: 10.9.8.7')
    expect([...listeners(withAddress, 5432, {}, 'other').named.keys()]).not.toContain('db')
    expect(told(listeners(withAddress, 5432).named.get('10.9.8.7'))).toEqual(['nothing', '* > 5432||db'])
  })

  it('is met by the names of an ExternalName that stands for it', () => {
    const alias =
      '---\n{apiVersion: v1, kind: Service, metadata: {name: store}, spec: {type: ExternalName, externalName: db.default.svc.cluster.local, ports: [{port: 5432}]}}\n'
    expect(told(listeners(db + alias, 5432).named.get('store.default'))).toEqual(['nothing', '* > 5432||db'])
  })

  it('takes nothing of other ports or destinations', () => {
    expect(listeners(db, 5433).named.size).toBe(0)
    expect(told(listeners(db, 5432).others)).toEqual(['http'])
  })

  const ruled: [sentence: string, rules: string, labels: Record<string, string>, told: string[]][] = [
    ['without a match its first rule takes all', `[${to('one')}, ${to('two')}]`, {}, ['* > 5432||one']],
    ['a rule for its port', `[${to('one', '{port: 1}')}, ${to('two', '{port: 5432}')}]`, {}, ['* > 5432||two']],
    [
      'a rule for callers of that label',
      `[${to('one', '{sourceLabels: {app: a}}')}, ${to('two')}]`,
      { app: 'a' },
      ['* > 5432||one'],
    ],
    ['not one for others', `[${to('one', '{sourceLabels: {app: a}}')}, ${to('two')}]`, { app: 'b' }, ['* > 5432||two']],
    ['a rule for callers of that namespace', `[${to('one', '{sourceNamespace: default}')}]`, {}, ['* > 5432||one']],
    ['none for a gateway: then the service itself', `[${to('one', '{gateways: [gw]}')}]`, {}, ['* > 5432||db']],
    ['all conditions of an entry', `[${to('one', '{port: 5432, sourceLabels: {app: a}}')}]`, {}, ['* > 5432||db']],
    [
      'a rule for some destinations before the service',
      `[${to('one', '{destinationSubnets: [10.1.0.0/16]}')}]`,
      {},
      ['* 10.1.0.0/16 > 5432||one', '* > 5432||db'],
    ],
    [
      'several of those before the one that takes the rest',
      `[${to('one', '{destinationSubnets: [10.1.0.0/16]}, {destinationSubnets: [10.2.0.0/16]}')}, ${to('two')}, ${to('three')}]`,
      {},
      ['* 10.1.0.0/16 10.2.0.0/16 > 5432||one', '* > 5432||two'],
    ],
  ]
  it.each(ruled)('%s', (_sentence, text, labels, expected) => {
    const found = listeners(db + rules('[db]', 'tcp', text), 5432, labels).named.get('db.default')
    expect(found?.chains.map(chainText)).toEqual(expected)
  })

  it('rules of the older VirtualService go first, those of other hosts count for nothing', () => {
    const more =
      rules('[other]', 'tcp', `[${to('wrong')}]`, 'a') +
      rules('[db]', 'tcp', `[${to('right')}]`, 'b') +
      rules('["*"]', 'tcp', `[${to('late')}]`, 'c')
    expect(told(listeners(db + more, 5432).named.get('db.default'))).toEqual(['nothing', '* > 5432||right'])
  })

  it('rules bound to gateways alone count for nothing', () => {
    const more = rules('[db]', 'tcp', `[${to('one')}]`, 'v', ', gateways: [gw]')
    expect(told(listeners(db + more, 5432).named.get('db.default'))).toEqual(['nothing', '* > 5432||db'])
  })

  it('a rule says where it stands, a service without one what it is', () => {
    const origin = (yaml: string) => listeners(yaml, 5432).named.get('db.default')?.chains[0]?.route.origin
    expect(origin(db + rules('[db]', 'tcp', `[${to('one')}]`))).toMatchObject({
      kind: 'VirtualService',
      path: 'spec.tcp[0]',
    })
    expect(origin(db)).toMatchObject({ kind: 'Service', namespace: 'default', name: 'db', path: '' })
  })

  it('finds the only port of a destination that stands at another', () => {
    const more = service('store', 9999, 'tcp') + rules('[db]', 'tcp', `[${to('store')}]`)
    expect(told(listeners(db + more, 5432).named.get('db.default'))).toEqual(['nothing', '* > 9999||store'])
  })
})

describe('a service whose protocol is found out from the bytes', () => {
  it('is looked at for HTTP first, and met as bytes else', () => {
    expect(told(listeners(service('any', 7000, ''), 7000).named.get('any.default'))).toEqual(['http', '* > 7000||any'])
  })
  it('of HTTP is no matter of bytes', () => {
    expect(listeners(service('web', 80, 'http'), 80).named.size).toBe(0)
  })
})

describe('hosts of TLS without an address', () => {
  const both = entry('a.test', 443, 'TLS') + entry('*.wild.test', 443, 'HTTPS')

  it('are told apart by the name in the hello, whatever the caller named', () => {
    const { named, others } = listeners(both, 443)
    expect(named.size).toBe(0)
    expect(told(others)).toEqual(['name', 'a.test > 443||a.test', '*.wild.test > 443||*.wild.test'])
  })

  it('with an address are met there, under any name', () => {
    const own = entry('a.test', 443, 'TLS', ', addresses: [10.0.0.1]')
    const { named, others } = listeners(own, 443)
    expect(told(named.get('10.0.0.1'))).toEqual(['nothing', '* > 443||a.test'])
    expect(told(named.get('a.test'))).toEqual(['nothing', '* > 443||a.test'])
    expect(others.chains).toEqual([])
  })

  it('with a block of addresses are met within it, by name', () => {
    const own = entry('a.test', 443, 'TLS', ', addresses: [10.0.0.0/8]')
    expect(told(listeners(own, 443).others)).toEqual(['name', 'a.test 10.0.0.0/8 > 443||a.test'])
  })

  it('follow tls rules, entry by entry', () => {
    const text = `[${to('b.test', '{sniHosts: [a.test]}, {sniHosts: [c.test], port: 1}, {sniHosts: [d.test], destinationSubnets: [10.1.0.0/16]}')}]`
    const found = listeners(both + entry('b.test', 443, 'TLS') + rules('[a.test, c.test, d.test]', 'tls', text), 443)
    expect(told(found.others)).toEqual([
      'name',
      'a.test > 443||b.test',
      'd.test 10.1.0.0/16 > 443||b.test',
      'b.test > 443||b.test',
      '*.wild.test > 443||*.wild.test',
    ])
  })

  it('the first rule of a name counts, the older VirtualService’s', () => {
    const one = (name: string, host: string) => rules('[a.test]', 'tls', `[${to(host, '{sniHosts: [a.test]}')}]`, name)
    const found = listeners(both + one('z', 'late.test') + one('b', 'early.test'), 443)
    expect(found.others.chains.map(chainText)).toContain('a.test > 443||early.test')
    expect(found.others.chains.map(chainText)).not.toContain('a.test > 443||late.test')
  })

  it('rules of labels hold for those callers alone', () => {
    const yaml = both + rules('[a.test]', 'tls', `[${to('b.test', '{sniHosts: [a.test], sourceLabels: {app: a}}')}]`)
    expect(listeners(yaml, 443, { app: 'a' }).others.chains.map(chainText)).toContain('a.test > 443||b.test')
    expect(listeners(yaml, 443, { app: 'b' }).others.chains.map(chainText)).toContain('a.test > 443||a.test')
  })

  it('beside a service of HTTP at the port, HTTP is looked for first', () => {
    expect(listeners(both + entry('h.test', 443, 'HTTP'), 443).others.looksFor).toBe('http')
  })
})

describe('hosts of TCP without an address', () => {
  const two = entry('a.test', 5432, 'TCP') + entry('b.test', 5432, 'TCP')

  it('are met by their own names, and the first takes every other destination', () => {
    const { named, others } = listeners(two, 5432)
    expect(told(named.get('b.test'))).toEqual(['nothing', '* > 5432||b.test'])
    expect(told(others)).toEqual(['nothing', '* > 5432||a.test'])
  })

  it('with blocks of addresses take what is in them', () => {
    const own =
      entry('a.test', 5432, 'TCP', ', addresses: [10.0.0.0/8]') +
      entry('b.test', 5432, 'TCP', ', addresses: [11.0.0.0/8]')
    expect(told(listeners(own, 5432).others)).toEqual([
      'nothing',
      '* 10.0.0.0/8 > 5432||a.test',
      '* 11.0.0.0/8 > 5432||b.test',
    ])
  })
})

describe('a Sidecar', () => {
  const sidecar = (hosts: string) => `---
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s}, spec: {egress: [{hosts: ${hosts}}]}}
`
  const yaml = entry('a.test', 443, 'TLS') + entry('b.test', 443, 'TLS')

  it('takes away what it does not bring', () => {
    expect(told(listeners(yaml + sidecar('["*/a.test"]'), 443).others)).toEqual(['name', 'a.test > 443||a.test'])
    expect(told(listeners(yaml + sidecar('["~/*"]'), 443).others)).toEqual(['http'])
  })

  it('brings the destinations of the rules that it brings', () => {
    const rule = rules('[a.test]', 'tls', `[${to('b.test', '{sniHosts: [a.test]}')}]`)
    const mesh = compileText(yaml + rule + sidecar('["*/a.test"]'))
    const who = callerOf('default')
    expect(mesh.outbound(who, 443).tcp.others.chains.map(chainText)).toEqual(['a.test > 443||b.test'])
    expect([...mesh.outboundClusters(who).keys()]).toContain('outbound|443||b.test')
  })
})
