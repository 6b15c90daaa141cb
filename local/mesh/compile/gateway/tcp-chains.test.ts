// Gateways and VirtualServices as YAML, and the chains of connections that are not HTTP.
import { describe, expect, it } from 'vitest'
import type { FilterChain } from '../../table/mesh-table.ts'
import type { CompiledMesh } from '../compile.ts'
import { compileText } from '../harness.ts'

const server = (name: string, port: number, protocol: string, hosts: string, tls = '') =>
  `{port: {number: ${port}, name: ${name}, protocol: ${protocol}}, hosts: ${hosts}${tls && `, tls: ${tls}`}}`

const gateway = (servers: string, name = 'gw', stamp = '2020-01-01T00:00:00Z') => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}, creationTimestamp: "${stamp}"}
spec: {selector: {istio: ingressgateway}, servers: [${servers}]}
`
const passing = '{mode: PASSTHROUGH}'
const simple = '{mode: SIMPLE, credentialName: c}'

const rules = (name: string, hosts: string, kind: 'tls' | 'tcp', text: string, more = '', metadata = '') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}${metadata}}
spec: {hosts: ${hosts}, gateways: [gw]${more}, ${kind}: ${text}}
`
const route = (host: string, more = '') => `{destination: {host: ${host}}${more}}`
const sni = (names: string, to: string, more = '') => `{match: [{sniHosts: ${names}${more}}], route: [${route(to)}]}`
const young = ', creationTimestamp: "2024-01-01T00:00:00Z"'
const old = ', creationTimestamp: "2021-01-01T00:00:00Z"'

const chainsAt = (mesh: CompiledMesh, port: number): readonly FilterChain[] => mesh.gatewayPorts.get(port)?.chains ?? []

/** `a.com b.com > cluster=70 other=30` a chain. */
function told(mesh: CompiledMesh, port = 443): string[] {
  return chainsAt(mesh, port).map(({ serverNames, tcp, tls }) => {
    const clusters = tcp?.clusters.map(({ cluster, weight }) => `${short(cluster)}=${weight}`) ?? ['HTTP']
    return [...serverNames, '>', ...clusters, ...(tls ? [tls.mode] : [])].join(' ')
  })
}

const short = (cluster: string) => cluster.replace('outbound|', '').replace('.default.svc.cluster.local', '')
const messages = (mesh: CompiledMesh) => mesh.refusals.map(({ where, message }) => `${where}: ${message}`)

describe('PASSTHROUGH', () => {
  const open = gateway(server('t', 443, 'TLS', '["*"]', passing))

  it('makes a chain of each entry of each tls rule, the older VirtualService’s first', () => {
    const mesh = compileText(
      open +
        rules('a', '["*.com"]', 'tls', `[${sni('[a.com, b.com]', 'one')}, ${sni('[c.com]', 'two')}]`, '', young) +
        rules(
          'b',
          '[d.com]',
          'tls',
          `[{match: [{sniHosts: [d.com]}, {sniHosts: [e.com]}], route: [${route('three')}]}]`,
          '',
          old,
        ),
    )
    expect(told(mesh)).toEqual([
      'd.com > 443||three=1',
      'e.com > 443||three=1',
      'a.com b.com > 443||one=1',
      'c.com > 443||two=1',
    ])
    expect(mesh.refusals).toEqual([])
  })

  it('is what a server of HTTPS does too, and one whose mode is left out', () => {
    const servers = `${server('h', 443, 'HTTPS', '[a.com]', passing)}, ${server('m', 443, 'TLS', '[b.com]', '{}')}`
    const mesh = compileText(
      gateway(servers) +
        rules('a', '[a.com]', 'tls', `[${sni('[a.com]', 'one')}]`) +
        rules('b', '[b.com]', 'tls', `[${sni('[b.com]', 'two')}]`),
    )
    expect(told(mesh)).toEqual(['a.com > 443||one=1', 'b.com > 443||two=1'])
  })

  it('names the entry of the rule, and keeps the weights of its destinations', () => {
    const two = `[{match: [{sniHosts: [a.com]}], route: [${route('one', ', weight: 70')}, ${route('two', ', weight: 30')}, ${route('none', ', weight: 0')}]}]`
    const mesh = compileText(open + rules('a', '[a.com]', 'tls', two))
    expect(told(mesh)).toEqual(['a.com > 443||one=70 443||two=30'])
    expect(chainsAt(mesh, 443)[0]?.tcp).toMatchObject({
      totalWeight: 100,
      originatesTls: true,
      origin: { kind: 'VirtualService', namespace: 'default', name: 'a', path: 'spec.tls[0].match[0]' },
    })
  })

  const counts: [sentence: string, rule: string, told: string[]][] = [
    ['an entry for its port counts', sni('[a.com]', 'one', ', port: 443'), ['a.com > 443||one=1']],
    ['an entry for another port does not', sni('[a.com]', 'one', ', port: 444'), []],
    ['an entry for its gateway counts', sni('[a.com]', 'one', ', gateways: [gw]'), ['a.com > 443||one=1']],
    ['an entry for another gateway does not', sni('[a.com]', 'one', ', gateways: [mesh]'), []],
    [
      'labels of callers are nothing to a gateway',
      sni('[a.com]', 'one', ', sourceLabels: {app: x}'),
      ['a.com > 443||one=1'],
    ],
  ]
  it.each(counts)('%s', (_sentence, rule, expected) => {
    expect(told(compileText(open + rules('a', '[a.com]', 'tls', `[${rule}]`)))).toEqual(expected)
  })

  const bound: [sentence: string, hosts: string, virtualService: string, counts: boolean][] = [
    [
      'a VirtualService of a host of the server counts',
      '[a.com]',
      rules('a', '[a.com]', 'tls', `[${sni('[a.com]', 'o')}]`),
      true,
    ],
    ['one of a wildcard above it counts', '[a.com]', rules('a', '["*.com"]', 'tls', `[${sni('[a.com]', 'o')}]`), true],
    ['one of another host does not', '[a.com]', rules('a', '[b.com]', 'tls', `[${sni('[b.com]', 'o')}]`), false],
    [
      'one of another namespace does not, where the server names one',
      '[other/a.com]',
      rules('a', '[a.com]', 'tls', `[${sni('[a.com]', 'o')}]`),
      false,
    ],
    [
      'one that is kept from the gateway does not',
      '[a.com]',
      rules('a', '[a.com]', 'tls', `[${sni('[a.com]', 'o')}]`, ', exportTo: ["."]'),
      false,
    ],
    [
      'rules for requests are none for connections',
      '[a.com]',
      rules('a', '[a.com]', 'tls', '[]', ', http: [{directResponse: {status: 200}}]'),
      false,
    ],
  ]
  it.each(bound)('%s', (_sentence, hosts, virtualService, expected) => {
    const mesh = compileText(gateway(server('t', 443, 'TLS', hosts, passing)) + virtualService)
    expect(told(mesh)).toHaveLength(expected ? 1 : 0)
  })

  it('without any rule the port is not opened, and the log says why', () => {
    const mesh = compileText(open)
    expect(mesh.gatewayPorts.size).toBe(0)
    expect(messages(mesh)).toEqual([
      'gateway default/gw, server t: no VirtualService has a tls rule for it: port 443 is not opened for this server',
    ])
  })

  it('the first rule of a name has it, on the whole port', () => {
    const mesh = compileText(
      open +
        rules('a', '["*"]', 'tls', `[${sni('[a.com]', 'one')}, ${sni('[b.com, A.com]', 'two')}]`, '', old) +
        rules('b', '["*"]', 'tls', `[${sni('[c.com]', 'three')}]`, '', young),
    )
    expect(told(mesh)).toEqual(['a.com > 443||one=1', 'c.com > 443||three=1'])
    expect(messages(mesh)).toEqual([
      'VirtualService default/a spec.tls[1].match[0]: host a.com already has a server at port 443',
    ])
  })
})

describe('plain TCP', () => {
  const open = gateway(server('t', 9000, 'TCP', '["*"]'))
  const to = (host: string, match = '') => `{${match}route: [${route(host)}]}`

  it.each(['TCP', 'tcp', 'MONGO', 'REDIS', 'MYSQL'])('of protocol %s leads where the first rule says', protocol => {
    const mesh = compileText(
      gateway(server('t', 9000, protocol, '["*"]')) +
        rules('a', '["*"]', 'tcp', `[${to('one')}, ${to('two')}]`, '', young) +
        rules('b', '["*"]', 'tcp', `[${to('three')}]`, '', old),
    )
    expect(told(mesh, 9000)).toEqual(['> 9000||three=1'])
  })

  const found: [sentence: string, rules: string, told: string[]][] = [
    [
      'a rule for its port',
      `[${to('one', 'match: [{port: 1}], ')}, ${to('two', 'match: [{port: 1}, {port: 9000}], ')}]`,
      ['> 9000||two=1'],
    ],
    [
      'a rule for its gateway',
      `[${to('one', 'match: [{gateways: [other]}], ')}, ${to('two', 'match: [{gateways: [gw]}], ')}]`,
      ['> 9000||two=1'],
    ],
    [
      'whatever it asks of destinations, which a gateway does not know',
      `[${to('one', 'match: [{destinationSubnets: [10.0.0.0/8]}], ')}]`,
      ['> 9000||one=1'],
    ],
    ['none', `[${to('one', 'match: [{port: 1}], ')}]`, []],
  ]
  it.each(found)('finds %s', (_sentence, text, expected) => {
    expect(told(compileText(open + rules('a', '["*"]', 'tcp', text)), 9000)).toEqual(expected)
  })

  it('takes the only port of a service for a destination without one, else its own', () => {
    const service =
      '---\n{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{name: tcp, port: 5432}]}}\n'
    const mesh = compileText(
      open +
        service +
        rules('a', '["*"]', 'tcp', `[{route: [${route('db', ', weight: 1')}, ${route('gone', ', weight: 1')}]}]`),
    )
    expect(told(mesh, 9000)).toEqual(['> 5432||db=1 9000||gone=1'])
  })

  it('without a rule is not opened, and the log says why', () => {
    const mesh = compileText(open)
    expect(mesh.gatewayPorts.size).toBe(0)
    expect(messages(mesh)[0]).toContain('no VirtualService has a tcp rule for it: port 9000 is not opened')
  })

  const conflicts: [sentence: string, second: string, message: string][] = [
    ['another one', server('b', 9000, 'TCP', '["*"]'), 'port 9000 is already served as plain TCP'],
    ['one of HTTP', server('b', 9000, 'HTTP', '["*"]'), 'port 9000 is already served as plain TCP'],
    ['one with TLS', server('b', 9000, 'TLS', '["*"]', passing), 'port 9000 is already served as plain TCP'],
  ]
  it.each(conflicts)('shares its port with no other server: %s', (_sentence, second, message) => {
    const mesh = compileText(
      gateway(`${server('t', 9000, 'TCP', '["*"]')}, ${second}`) + rules('a', '["*"]', 'tcp', `[${to('one')}]`),
    )
    expect(told(mesh, 9000)).toEqual(['> 9000||one=1'])
    expect(mesh.refusals[0]?.message).toBe(message)
  })
})

describe('TLS that is ended', () => {
  it('before plain bytes leads where tcp rules say, by the names of the server', () => {
    const mesh = compileText(
      gateway(`${server('t', 443, 'TLS', '[b.com, a.com]', simple)}, ${server('h', 443, 'HTTPS', '[c.com]', simple)}`) +
        rules('a', '[a.com]', 'tcp', `[{route: [${route('one')}]}]`),
    )
    expect(told(mesh)).toEqual(['a.com b.com > 443||one=1 SIMPLE', 'c.com > HTTP SIMPLE'])
  })

  it('does not look at tls rules', () => {
    const mesh = compileText(
      gateway(server('t', 443, 'TLS', '[a.com]', simple)) + rules('a', '[a.com]', 'tls', `[${sni('[a.com]', 'one')}]`),
    )
    expect(told(mesh)).toEqual([])
    expect(messages(mesh)[0]).toContain('no VirtualService has a tcp rule')
  })
})

describe('AUTO_PASSTHROUGH', () => {
  const objects = `---
{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{name: tcp, port: 5432}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: far}, spec: {type: ExternalName, externalName: x.com, ports: [{port: 80}]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e}
spec: {hosts: [x.com], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d}
spec: {host: db, subsets: [{name: v1, labels: {version: v1}}]}
`
  it('has a chain for each cluster of the mesh’s own services, by the name its proxies ask for', () => {
    const mesh = compileText(gateway(server('t', 15443, 'TLS', '["*.local"]', '{mode: AUTO_PASSTHROUGH}')) + objects)
    expect(told(mesh, 15443)).toEqual([
      'outbound_.5432_._.db.default.svc.cluster.local > 5432||db=1',
      'outbound_.5432_.v1_.db.default.svc.cluster.local > 5432|v1|db=1',
    ])
    expect(chainsAt(mesh, 15443)[0]).toMatchObject({
      applicationProtocols: expect.arrayContaining(['istio', 'istio-h2']),
      tcp: { originatesTls: false, origin: { kind: 'Gateway', name: 'gw' } },
    })
  })

  it('without a service of its hosts is not opened, and the log says why', () => {
    const mesh = compileText(gateway(server('t', 15443, 'TLS', '["*.global"]', '{mode: AUTO_PASSTHROUGH}')) + objects)
    expect(messages(mesh)[0]).toContain('no service of the mesh has one of its hosts')
  })
})
