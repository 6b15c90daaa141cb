// Gateways that pass TLS on unread, end to end: real clients and servers, rules as YAML.
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { issueCertificate } from '../../kernel/certificate.ts'
import { systemClock } from '../../kernel/clock.ts'
import { meshFromYaml } from '../compile/from-yaml.ts'
import { noCredentials } from '../proxy/tls/credential.ts'
import { createMeshPolicy } from '../security/mesh-policy.ts'
import { eventually } from '../testing/raw-client.ts'
import {
  authority,
  backendOfBytes,
  echoing,
  endOf,
  entry,
  gateway,
  gatewayClient,
  opened,
  rules,
  secureBackend,
  secureClient,
  tcpWorld,
  to,
  trusted,
  trusting,
} from './tcp-harness.ts'

describe('a server of mode PASSTHROUGH', () => {
  async function passing(more = '', protocol = 'TLS') {
    const [shop, wide, rest] = [
      await secureBackend('shop.test'),
      await secureBackend('a.wide.test'),
      await echoing('rest'),
    ]
    const matches = [
      `{match: [{sniHosts: [shop.test]}], route: [${to('shop.out', 443)}]}`,
      `{match: [{sniHosts: ["*.wide.test"]}], route: [${to('wide.out', 443)}]}`,
      ...(more ? [`{match: [{sniHosts: ["${more}"]}], route: [${to('rest.out', 443)}]}`] : []),
    ]
    const world = await tcpWorld(
      gateway(443, protocol, '["*"]', '{mode: PASSTHROUGH}') +
        rules('["*"]', '[gw-443]', 'tls', `[${matches.join(', ')}]`) +
        entry('shop.out', 443, 'TLS', shop.port) +
        entry('wide.out', 443, 'TLS', wide.port) +
        entry('rest.out', 443, 'TCP', rest.port),
    )
    return world
  }

  it.each(['TLS', 'HTTPS'])(
    'of protocol %s leads the client to whom it names, and never ends its TLS',
    async protocol => {
      const world = await passing('', protocol)
      const client = await secureClient(world, 443, 'shop.test')
      await client.until('shop.test asked as shop.test')
      expect(await trusted(client)).toBe(true)
      await client.send('hello').until('shop.test:hello')
    },
  )

  it('finds names by wildcards', async () => {
    const client = await secureClient(await passing(), 443, 'a.wide.test')
    await client.until('a.wide.test asked as a.wide.test')
  })

  it('takes a hello that comes byte by byte', async () => {
    const world = await passing()
    const helloOf = async () => {
      const catcher = await backendOfBytes(() => {})
      trusting({ port: catcher.port, host: '127.0.0.1', servername: 'shop.test' })
      await eventually(() => catcher.connections.length === 1)
      const [socket] = catcher.connections
      return new Promise<Buffer>(resolve => socket?.once('data', resolve))
    }
    const hello = await helloOf()
    const client = await gatewayClient(world, 443)
    for (const byte of hello.subarray(0, 40)) {
      client.send(Buffer.from([byte]))
      await new Promise(resolve => setImmediate(resolve))
    }
    client.send(hello.subarray(40))
    // What answers is a server's hello: a record of the handshake.
    expect((await client.until(text => text.length > 5)).charCodeAt(0)).toBe(22)
  })

  it.each([
    ['a name that no rule has', 'unknown.test'],
    ['no name', ''],
  ])('resets a client with %s', async (_case, servername) => {
    const world = await passing()
    const client = await secureClient(world, 443, servername)
    let code = ''
    client.socket.on('error', error => {
      code = 'code' in error ? String(error.code) : ''
    })
    await client.end()
    expect(code).toBe('ECONNRESET')
    expect(world.connections).toEqual([])
  })

  it.each([
    ['speaks HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['speaks anything else', 'SSH-2.0-x\r\n'],
  ])('resets a client that %s', async (_case, bytes) => {
    expect(await endOf(await passing(), 443, bytes)).toEqual({ text: '', reset: true })
  })

  it('resets a client that hangs up amid its hello', async () => {
    const socket = connect({ port: await opened(await passing(), 443), host: '127.0.0.1', allowHalfOpen: true })
    const code = new Promise(resolve => socket.once('error', error => resolve('code' in error && error.code)))
    socket.end(Buffer.from([22, 3, 1, 2, 0, 1, 0]))
    expect(await code).toBe('ECONNRESET')
  })

  it('with a rule for `*` leads everybody else there, with TLS or without', async () => {
    const world = await passing('*')
    await (await gatewayClient(world, 443)).send('plain words').until('rest:plain words')
    await (await secureClient(world, 443, 'shop.test')).until('shop.test asked')
  })

  it('tells of the connection when it is over: whom it was for, where it went, how much', async () => {
    const world = await passing()
    const client = await secureClient(world, 443, 'shop.test')
    await client.until('asked as')
    client.socket.end('bye now')
    await client.end()
    await eventually(() => world.connections.length === 1)
    const [record] = world.connections
    expect(record).toMatchObject({
      ...{ door: 'gateway', port: 443, serverName: 'shop.test', flags: '-', failure: '', peer: '127.0.0.1' },
      ...{ cluster: 'outbound|443||shop.out', caller: undefined },
      origin: { kind: 'VirtualService', namespace: 'app', name: 'rules', path: 'spec.tls[0].match[0]' },
    })
    expect(record?.upstreamAddress).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(record?.receivedBytes).toBeGreaterThan(100)
    expect(record?.sentBytes).toBeGreaterThan(500)
  })

  it('resets a client whose rule leads to no service', async () => {
    const tls = `[{match: [{sniHosts: ["*"]}], route: [${to('gone.out', 443)}]}]`
    const world = await tcpWorld(
      gateway(443, 'TLS', '["*"]', '{mode: PASSTHROUGH}') + rules('["*"]', '[gw-443]', 'tls', tls),
    )
    expect(await endOf(world, 443, 'anything')).toEqual({ text: '', reset: true })
    expect(world.connections).toMatchObject([{ flags: 'NC', cluster: '', serverName: '' }])
  })

  it('stands beside servers that end TLS on the same port', async () => {
    const shop = await secureBackend('shop.test')
    const { cert, key } = issueCertificate(authority, ['ended.test'], Date.now())
    const named = () => ({ certificate: cert, privateKey: key, clientCa: undefined })
    const both = gateway(443, 'TLS', '[shop.test]', '{mode: PASSTHROUGH}').replace(
      'servers: [',
      'servers: [{port: {number: 443, name: h, protocol: HTTPS}, hosts: [ended.test], tls: {mode: SIMPLE, credentialName: c}}, ',
    )
    const answer =
      '---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: h, namespace: app}\n' +
      'spec: {hosts: [ended.test], gateways: [gw-443], http: [{directResponse: {status: 418}}]}\n'
    const tls = `[{match: [{sniHosts: [shop.test]}], route: [${to('shop.out', 443)}]}]`
    const yaml = both + answer + rules('[shop.test]', '[gw-443]', 'tls', tls) + entry('shop.out', 443, 'TLS', shop.port)
    const world = await tcpWorld(yaml, { certificates: { ...noCredentials, named } })
    await (await secureClient(world, 443, 'shop.test')).until('shop.test asked')
    const client = await secureClient(world, 443, 'ended.test')
    await client.send('GET / HTTP/1.1\r\nhost: ended.test\r\n\r\n').until('HTTP/1.1 418')
    expect(await trusted(client)).toBe(true)
  })
})

describe('a server of mode AUTO_PASSTHROUGH', () => {
  it('leads to the cluster a proxy of the mesh names, subset and all, and nobody else there', async () => {
    const inside = await secureBackend('db.app')
    const outside = await secureBackend('far.test')
    const subsets = `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: app}
spec: {host: db.mesh, subsets: [{name: v1, labels: {}}], trafficPolicy: {tls: {mode: SIMPLE, sni: never.spoken}}}
`
    const world = await tcpWorld(
      gateway(15443, 'TLS', '["*.mesh", "*.test"]', '{mode: AUTO_PASSTHROUGH}') +
        entry('db.mesh', 5432, 'TCP', inside.port, 'location: MESH_INTERNAL') +
        entry('far.test', 443, 'TLS', outside.port) +
        subsets,
    )
    const meet = async (servername: string, ALPNProtocols = ['istio']) => {
      const client = await secureClient(world, 15443, servername, { ALPNProtocols })
      return client.until('asked as').catch(() => 'closed')
    }
    expect(await meet('outbound_.5432_._.db.mesh')).toBe('db.app asked as outbound_.5432_._.db.mesh\n')
    expect(await meet('outbound_.5432_.v1_.db.mesh')).toContain('db.app asked')
    expect(await meet('outbound_.5432_._.db.mesh', ['h2'])).toBe('closed')
    expect(await meet('outbound_.443_._.far.test')).toBe('closed')
    expect(await meet('db.mesh')).toBe('closed')
  })
})

describe('an AuthorizationPolicy of the gateway', () => {
  async function met(spec: string): Promise<string> {
    const db = await secureBackend('db.out')
    const yaml =
      gateway(443, 'TLS', '["*"]', '{mode: PASSTHROUGH}') +
      rules('["*"]', '[gw-443]', 'tls', `[{match: [{sniHosts: ["*"]}], route: [${to('db.out', 5432)}]}]`) +
      entry('db.out', 5432, 'TCP', db.port) +
      `---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: istio-system}, spec: ${spec}}
`
    const log = () => {}
    const fetch = () => Promise.reject(new Error('no key sets here'))
    const policy = createMeshPolicy({ clock: systemClock, log, fetch, activatorInjected: () => true })
    policy.setObjects(meshFromYaml(yaml))
    const world = await tcpWorld(yaml, { policies: policy })
    const client = await secureClient(world, 443, 'shop.test')
    return client.until('asked as').then(
      () => 'let in',
      () => (world.connections[0]?.cluster === '' && db.connections.length === 0 ? 'kept out' : 'cut'),
    )
  }

  const rows: [sentence: string, spec: string, outcome: string][] = [
    ['lets in whom it allows by address', '{rules: [{from: [{source: {ipBlocks: [127.0.0.0/8]}}]}]}', 'let in'],
    ['keeps out whom it does not', '{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}', 'kept out'],
    ['allows by the name in the hello', '{rules: [{when: [{key: connection.sni, values: [shop.test]}]}]}', 'let in'],
    ['keeps out by it', '{action: DENY, rules: [{when: [{key: connection.sni, values: [shop.test]}]}]}', 'kept out'],
    [
      'keeps out by the port of the gateway',
      '{action: DENY, rules: [{to: [{operation: {ports: ["443"]}}]}]}',
      'kept out',
    ],
    ['allows nobody by what only requests have', '{rules: [{to: [{operation: {methods: [GET]}}]}]}', 'kept out'],
    ['keeps out everybody by it', '{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}', 'kept out'],
    ['of another workload is nothing to it', '{selector: {matchLabels: {app: x}}, rules: []}', 'let in'],
  ]
  it.each(rows)('%s', async (_sentence, spec, outcome) => {
    expect(await met(spec)).toBe(outcome)
  })
})
