// Gateways and VirtualServices as YAML, and where requests to the gateway go.
import { describe, expect, it } from 'vitest'
import type { CompiledMesh } from '../compile.ts'
import { compileText, gatewayHosts, outcomeOf, requestTo, routeFor } from '../harness.ts'

const gateway = (
  name: string,
  servers: string,
  selector = '{istio: ingressgateway}',
  stamp = '2020-01-01T00:00:00Z',
) => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}, creationTimestamp: "${stamp}"}
spec: {selector: ${selector}, servers: ${servers}}
`
const plain = (hosts: string, port = 80) => `[{port: {number: ${port}, name: http, protocol: HTTP}, hosts: ${hosts}}]`

const rules = (name: string, hosts: string, http: string, more = '', metadata = '') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}${metadata}}
spec: {hosts: ${hosts}, gateways: [gw]${more}, http: ${http}}
`
const answering = (status: number, match = '') => `{${match}directResponse: {status: ${status}}}`
const all = (status: number) => `[${answering(status)}]`

function get(mesh: CompiledMesh, url: string, headers = {}, port = 80): string {
  return outcomeOf(routeFor(gatewayHosts(mesh, port), requestTo(url, headers)))
}

describe('hosts', () => {
  const open = gateway('gw', plain('["*"]'))
  const wild = compileText(open + rules('a', '["a.wild.com"]', all(201)) + rules('b', '["*.wild.com"]', all(202)))
  const rows: [sentence: string, url: string, outcome: string][] = [
    ['wild: an exact host goes before a wildcard', 'http://a.wild.com/', 'answer 201'],
    ['the wildcard takes the rest, however deep', 'http://x.y.wild.com/', 'answer 202'],
    ['but not its own domain', 'http://wild.com/', '404'],
    ['host-port: the port does not count', 'http://a.wild.com:9999/', 'answer 201'],
    ['host-case: nor does case', 'http://A.Wild.COM/', 'answer 201'],
    ['host-dot: a trailing dot is another host', 'http://a.wild.com./', '404'],
    ['an unknown host', 'http://other.com/', '404'],
  ]
  it.for(rows)('%s', ([, url, outcome]) => expect(get(wild, url)).toBe(outcome))

  it('the longest wildcard counts', () => {
    const mesh = compileText(
      open + rules('a', '["*.com"]', all(201)) + rules('b', '["*.b.com"]', all(202)) + rules('c', '["*"]', all(203)),
    )
    expect(['x.com', 'x.b.com', 'x.org'].map(host => get(mesh, `http://${host}/`))).toEqual([
      'answer 201',
      'answer 202',
      'answer 203',
    ])
  })
  it('or-star: the best host alone decides, without a fall to `*`', () => {
    const mesh = compileText(
      open +
        rules('a', '[a.com]', `[${answering(201, 'match: [{uri: {prefix: /a}}], ')}]`) +
        rules('b', '["*"]', all(202)),
    )
    expect(get(mesh, 'http://a.com/b')).toBe('404')
  })
  it('a virtual host is named by its host and port', () => {
    expect(gatewayHosts(wild)?.exact.get('a.wild.com')?.name).toBe('a.wild.com:80')
  })
})

describe('several VirtualServices for one host', () => {
  const open = gateway('gw', plain('["*"]'))
  const on = (path: string) => `match: [{uri: {prefix: ${path}}}], `
  const stamped = (stamp: string) => `, creationTimestamp: "${stamp}"`
  const young = stamped('2024-01-01T00:00:00Z')
  const old = stamped('2021-01-01T00:00:00Z')

  it('or-gw-ts: the rules of the older come first', () => {
    const mesh = compileText(
      open +
        rules('aa', '[a.com]', `[${answering(201, on('/a'))}]`, '', young) +
        rules('zz', '[a.com]', `[${answering(202, on('/a'))}]`, '', old),
    )
    expect(get(mesh, 'http://a.com/a')).toBe('answer 202')
  })
  it('or-gw-name: of the same age, by name', () => {
    const mesh = compileText(
      open +
        rules('zz2', '[a.com]', `[${answering(201, on('/a'))}]`) +
        rules('aa2', '[a.com]', `[${answering(202, on('/a'))}]`),
    )
    expect(get(mesh, 'http://a.com/a')).toBe('answer 202')
  })
  it('one without a stamp goes before any with one', () => {
    const mesh = compileText(open + rules('a', '[a.com]', all(201), '', old) + rules('b', '[a.com]', all(202)))
    expect(get(mesh, 'http://a.com/a')).toBe('answer 202')
  })
  it('or-caf: a catch-all of the older comes behind the younger’s specific rules', () => {
    const mesh = compileText(
      open +
        rules('a', '[a.com]', all(201), '', old) +
        rules('b', '[a.com]', `[${answering(202, on('/b'))}]`, '', young),
    )
    expect([get(mesh, 'http://a.com/b'), get(mesh, 'http://a.com/c')]).toEqual(['answer 202', 'answer 201'])
  })
  it.for(['', 'match: [{}], ', 'match: [{uri: {prefix: /}}], '])(
    'catchfirst: within one object %s hides what follows',
    match => {
      const mesh = compileText(open + rules('a', '[a.com]', `[${answering(201, match)}, ${answering(202, on('/b'))}]`))
      expect(get(mesh, 'http://a.com/b')).toBe('answer 201')
    },
  )
})

describe('what a server lets in', () => {
  const rows: [sentence: string, serverHosts: string, hosts: string, url: string, outcome: string][] = [
    ['x-gh: a host outside the server’s', '[a.com]', '[b.com]', 'http://b.com/', '404'],
    [
      'an exact host under the server’s wildcard, for itself',
      '["*.w.com"]',
      '[a.w.com]',
      'http://a.w.com/',
      'answer 200',
    ],
    ['and for nobody else', '["*.w.com"]', '[a.w.com]', 'http://b.w.com/', '404'],
    ['the server’s exact host under a wildcard', '[a.w.com]', '["*.w.com"]', 'http://a.w.com/', 'answer 200'],
    ['and no other of the wildcard', '[a.w.com]', '["*.w.com"]', 'http://b.w.com/', '404'],
    ['the namespace it names', '[default/a.com]', '[a.com]', 'http://a.com/', 'answer 200'],
    ['no other namespace', '[other/a.com]', '[a.com]', 'http://a.com/', '404'],
    ['its own namespace, as a dot', '["./a.com"]', '[a.com]', 'http://a.com/', 'answer 200'],
    ['any namespace, as an asterisk', '["*/a.com"]', '[a.com]', 'http://a.com/', 'answer 200'],
    ['all hosts of a namespace', '["default/*"]', '[a.com]', 'http://a.com/', 'answer 200'],
    ['hosts without regard to case', '[A.com]', '[a.COM]', 'http://a.com/', 'answer 200'],
  ]
  it.for(rows)('%s', ([, serverHosts, hosts, url, outcome]) => {
    expect(get(compileText(gateway('gw', plain(serverHosts)) + rules('v', hosts, all(200))), url)).toBe(outcome)
  })

  it('othergw: a VirtualService of a Gateway that is not there', () => {
    const mesh = compileText(gateway('gw2', plain('["*"]')) + rules('v', '[a.com]', all(200)))
    expect(get(mesh, 'http://a.com/')).toBe('404')
  })
  it('x-gw80-nothing: an open port without any VirtualService', () => {
    expect(get(compileText(gateway('gw', plain('["*"]'))), 'http://a.com/')).toBe('404')
  })
  it('a Gateway that selects other pods opens nothing', () => {
    expect(compileText(gateway('gw', plain('["*"]'), '{istio: egressgateway}')).gatewayPorts.size).toBe(0)
  })
  it('exportTo: what stays in its namespace is hidden from the gateway', () => {
    const mesh = compileText(gateway('gw', plain('["*"]')) + rules('v', '[a.com]', all(200), ', exportTo: ["."]'))
    expect(get(mesh, 'http://a.com/')).toBe('404')
  })
  it('rules for another port or gateway are dropped', () => {
    const http = `[${answering(201, 'match: [{port: 8081}], ')}, ${answering(202, 'match: [{gateways: [mesh]}], ')}, ${answering(203, 'match: [{gateways: [gw]}], ')}]`
    expect(get(compileText(gateway('gw', plain('["*"]')) + rules('v', '[a.com]', http)), 'http://a.com/')).toBe(
      'answer 203',
    )
  })
  it('rules for labels of callers never hold at the gateway', () => {
    const http = `[${answering(201, 'match: [{sourceLabels: {app: a}}], ')}, ${answering(202)}]`
    expect(get(compileText(gateway('gw', plain('["*"]')) + rules('v', '[a.com]', http)), 'http://a.com/')).toBe(
      'answer 202',
    )
  })
})

describe('several Gateways at one port', () => {
  it('are one port, each with its own VirtualServices', () => {
    const other = rules('b', '[b.com]', all(202)).replace('[gw]', '[default/gw2]')
    const mesh = compileText(
      gateway('gw', plain('[a.com]')) + gateway('gw2', plain('[b.com]')) + rules('a', '[a.com]', all(201)) + other,
    )
    expect([get(mesh, 'http://a.com/'), get(mesh, 'http://b.com/')]).toEqual(['answer 201', 'answer 202'])
  })
  it('without TLS, one with TLS is left out, and it is said', () => {
    const tls = '[{port: {number: 80, name: s, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE, credentialName: c}}]'
    const mesh = compileText(gateway('gw', plain('["*"]')) + gateway('gw2', tls))
    expect(mesh.gatewayPorts.get(80)?.chains).toHaveLength(1)
    expect(mesh.refusals).toEqual([
      { where: 'gateway default/gw2, server s', message: 'port 80 is already served without TLS' },
    ])
  })
})

describe('TLS', () => {
  const server = (name: string, hosts: string, tls: string, protocol = 'HTTPS') =>
    `{port: {number: 443, name: ${name}, protocol: ${protocol}}, hosts: ${hosts}, tls: ${tls}}`
  const simple = '{mode: SIMPLE, credentialName: cert, minProtocolVersion: TLSV1_2}'

  it('each server is a filter chain by its names, with its own routes', () => {
    const text = gateway(
      'gw',
      `[${server('a', '[a.com]', simple)}, ${server('b', '["default/*.b.com"]', '{mode: MUTUAL, credentialName: istio-system/m}')}]`,
    )
    const { chains = [] } =
      compileText(text + rules('v', '[a.com]', all(201)) + rules('w', '["x.b.com"]', all(202))).gatewayPorts.get(443) ??
      {}
    expect(
      chains.map(({ serverNames, tls }) => [serverNames, tls?.mode, tls?.credentialName, tls?.minProtocolVersion]),
    ).toEqual([
      [['a.com'], 'SIMPLE', 'cert', 'TLSV1_2'],
      [['*.b.com'], 'MUTUAL', 'm', undefined],
    ])
    expect(chains.map(({ hosts }) => [...hosts.exact.keys()])).toEqual([['a.com'], ['x.b.com']])
  })
  const refused: [sentence: string, server: string, message: RegExp][] = [
    ['a protocol that no gateway speaks', server('a', '["*"]', simple, 'UDP'), /protocol UDP is not served here/],
    ['a mode that is none', server('a', '["*"]', '{mode: MAYBE}'), /tls.mode MAYBE is none/],
    [
      'certificates in files',
      server('a', '["*"]', '{mode: SIMPLE, serverCertificate: /etc/a}'),
      /credentialName has to name a Secret/,
    ],
    [
      'a Secret of another namespace',
      server('a', '["*"]', '{mode: SIMPLE, credentialName: other/c}'),
      /namespace istio-system/,
    ],
  ]
  it.for(refused)('%s is refused in words', ([, text, message]) => {
    const mesh = compileText(gateway('gw', `[${text}]`))
    expect(mesh.gatewayPorts.size).toBe(0)
    expect(mesh.refusals[0]?.message).toMatch(message)
  })
  it('a second server of the same name is left out', () => {
    const mesh = compileText(gateway('gw', `[${server('a', '[a.com]', simple)}, ${server('b', '[a.com]', simple)}]`))
    expect(mesh.gatewayPorts.get(443)?.chains).toHaveLength(1)
    expect(mesh.refusals[0]?.message).toBe('host a.com already has a server at port 443')
  })
  it('rd-https: httpsRedirect marks the hosts that have a VirtualService', () => {
    const text = '[{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"], tls: {httpsRedirect: true}}]'
    const hosts = gatewayHosts(compileText(gateway('gw', text) + rules('v', '[a.com]', all(200))))
    expect(hosts?.exact.get('a.com')?.httpsRedirect).toBe(true)
  })
})

describe('a value that Envoy refuses', () => {
  const open = gateway('gw', `${plain('["*"]').slice(0, -1)}, ${plain('["*"]', 81).slice(1)}`)
  const good = rules('a', '[a.com]', all(201))
  const bad = rules('b', '[b.com]', '[{match: [{port: 80}], redirect: {uri: /x, redirectCode: 300}}]')

  it('takes every host of the port with it, and no other port', () => {
    const mesh = compileText(open + good + bad)
    expect(get(mesh, 'http://a.com/')).toBe('404')
    expect(get(mesh, 'http://a.com/', {}, 81)).toBe('answer 201')
    expect(mesh.refusals).toEqual([
      { where: 'port 80 of the gateway, all hosts', message: expect.stringContaining('redirectCode 300') },
    ])
  })
  it('leaves the routes that were there before', () => {
    const before = compileText(open + good)
    const mesh = compileText(open + rules('a', '[a.com]', all(299)) + bad, undefined, before)
    expect(get(mesh, 'http://a.com/')).toBe('answer 201')
    expect(get(mesh, 'http://a.com/', {}, 81)).toBe('answer 299')
  })
  it.for(['%NOPE%', '%REQ%'])('a header value %s is one', value => {
    const http = `[{headers: {request: {set: {x: "${value}"}}}, route: [{destination: {host: r}}]}]`
    expect(get(compileText(open + good + rules('b', '[b.com]', http)), 'http://a.com/')).toBe('404')
  })
})
