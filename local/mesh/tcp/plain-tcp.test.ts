import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { meshFromYaml } from '../compile/from-yaml.ts'
import { deadPort } from '../proxy/gateway-harness.ts'
import { eventually } from '../testing/raw-client.ts'
import { echoing, endOf, entry, gateway, gatewayClient, rules, secureBackend, tcpWorld, to } from './tcp-harness.ts'

describe('a server of protocol TCP', () => {
  const plain = (port: number, extra = '') =>
    gateway(9000, 'TCP', '["*"]') +
    rules('["*"]', '[gw-9000]', 'tcp', `[{route: [${to('db.out', 5432)}]}]`) +
    entry('db.out', 5432, 'TCP', port) +
    extra

  it('carries bytes both ways, and lets the server speak first', async () => {
    const db = await echoing('db')
    const client = await gatewayClient(await tcpWorld(plain(db.port)), 9000)
    await client.until('db is here')
    await client.send('query').until('db:query')
  })

  it('passes half-closes on', async () => {
    const db = await echoing('db')
    const client = await gatewayClient(await tcpWorld(plain(db.port)), 9000)
    await client.until('db is here')
    client.socket.end()
    expect(await client.end()).toBe('db is here\nbye')
  })

  it('draws a destination by weight for each connection, repeatably', async () => {
    const [blue, green, never] = [await echoing('blue'), await echoing('green'), await echoing('never')]
    const route = `[{route: [${to('blue.out', 1, ', weight: 70')}, ${to('green.out', 1, ', weight: 30')}, ${to('never.out', 1, ', weight: 0')}]}]`
    const yaml =
      gateway(9000, 'TCP', '["*"]') +
      rules('["*"]', '[gw-9000]', 'tcp', route) +
      entry('blue.out', 1, 'TCP', blue.port) +
      entry('green.out', 1, 'TCP', green.port) +
      entry('never.out', 1, 'TCP', never.port)
    const drawn = async (seed: number) => {
      const world = await tcpWorld(yaml, { random: seededRandom(seed) })
      const names: string[] = []
      for (let index = 0; index < 40; index++) {
        const client = await gatewayClient(world, 9000)
        names.push((await client.until('is here')).split(' ')[0] ?? '')
        client.close()
      }
      return names
    }
    const names = await drawn(7)
    expect(names).toEqual(await drawn(7))
    const blues = names.filter(name => name === 'blue').length
    expect(blues).toBeGreaterThan(20)
    expect(blues).toBeLessThan(38)
    expect(names).not.toContain('never')
  })

  it('balances over the endpoints of a subset', async () => {
    const [one, two] = [await echoing('v1'), await echoing('v2')]
    const yaml = `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: app}
spec:
  hosts: [db.out]
  ports: [{number: 5432, name: p, protocol: TCP}]
  resolution: STATIC
  endpoints:
  - {address: 127.0.0.1, ports: {p: ${one.port}}, labels: {version: v1}}
  - {address: 127.0.0.1, ports: {p: ${two.port}}, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: app}
spec: {host: db.out, subsets: [{name: v2, labels: {version: v2}}]}
`
    const route = '[{route: [{destination: {host: db.out, port: {number: 5432}, subset: v2}}]}]'
    const world = await tcpWorld(gateway(9000, 'TCP', '["*"]') + rules('["*"]', '[gw-9000]', 'tcp', route) + yaml)
    for (let index = 0; index < 5; index++) await (await gatewayClient(world, 9000)).until('v2 is here')
  })

  it('hangs up on a client when nobody answers, and says why', async () => {
    const world = await tcpWorld(plain(await deadPort()))
    expect((await endOf(world, 9000, 'hello?')).text).toBe('')
    expect(world.connections).toMatchObject([
      { flags: 'UF,URX', failure: 'delayed connect error: Connection refused', receivedBytes: 0, sentBytes: 0 },
    ])
  })

  it.each([
    ['no such service', 'gone.out', 'NC', ''],
    ['a service without endpoints', 'empty.out', 'UH', 'outbound|5432||empty.out'],
  ])('hangs up on a client where there is %s', async (_case, host, flags, cluster) => {
    const route = `[{route: [${to(host, 5432)}]}]`
    const empty = entry('empty.out', 5432, 'TCP', 1).replace(/endpoints:.*/, '')
    const world = await tcpWorld(gateway(9000, 'TCP', '["*"]') + rules('["*"]', '[gw-9000]', 'tcp', route) + empty)
    expect((await endOf(world, 9000, 'hello?')).text).toBe('')
    expect(world.connections).toMatchObject([{ flags, cluster, upstreamAddress: '' }])
  })

  it('says in the log that a revision takes no bytes', async () => {
    const route = `[{route: [${to('hello-00001.app.svc.cluster.local', 80)}]}]`
    const world = await tcpWorld(gateway(9000, 'TCP', '["*"]') + rules('["*"]', '[gw-9000]', 'tcp', route))
    expect((await endOf(world, 9000, 'x')).text).toBe('')
    expect(world.logged).toEqual([
      'outbound|80||hello-00001.app.svc.cluster.local leads to revision app/hello-00001, where requests of HTTP alone can go',
    ])
  })

  const limited = (tcp: string) => `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: app}
spec: {host: db.out, trafficPolicy: {connectionPool: {tcp: ${tcp}}}}
`

  it('has no more connections than maxConnections, and room again when one ends', async () => {
    const db = await echoing('db')
    const world = await tcpWorld(plain(db.port, limited('{maxConnections: 2}')))
    const held = [await gatewayClient(world, 9000), await gatewayClient(world, 9000)]
    for (const client of held) await client.until('db is here')
    expect((await endOf(world, 9000, 'me too')).text).toBe('')
    expect(world.connections).toMatchObject([{ flags: 'UO', cluster: 'outbound|5432||db.out' }])
    held[0]?.close()
    await eventually(() => world.connections.length === 2)
    await (await gatewayClient(world, 9000)).until('db is here')
  })

  it('ends what is idle for idleTimeout', async () => {
    const db = await echoing('db')
    const client = await gatewayClient(await tcpWorld(plain(db.port, limited('{idleTimeout: 50ms}'))), 9000)
    expect(await client.end()).toBe('db is here\n')
  })

  it('speaks TLS to the endpoint where the DestinationRule says SIMPLE', async () => {
    const db = await secureBackend('db.out')
    const tls = (settings: string) => `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: app}
spec: {host: db.out, trafficPolicy: {tls: {mode: SIMPLE, ${settings}}}}
`
    const answer = async (settings: string) => {
      const world = await tcpWorld(plain(db.port, tls(settings)))
      const client = await gatewayClient(world, 9000)
      const text = await client.until('asked as').catch(() => 'closed')
      client.close()
      await eventually(() => world.connections.length === 1)
      return text === 'closed' ? world.connections[0]?.failure : text
    }
    expect(await answer('sni: named.test, insecureSkipVerify: true')).toBe('db.out asked as named.test\n')
    expect(await answer('insecureSkipVerify: true')).toBe('db.out asked as false\n')
    expect(await answer('sni: named.test')).toContain('CERTIFICATE_VERIFY_FAILED')
    expect(await answer('caCertificates: /nowhere.pem')).toBe('TLS error: Secret is not supplied by SDS')
  })

  it('lets connections last when rules change, and sends new ones elsewhere', async () => {
    const [old, young] = [await echoing('old'), await echoing('young')]
    const world = await tcpWorld(plain(old.port))
    const first = await gatewayClient(world, 9000)
    await first.until('old is here')
    world.setObjects(meshFromYaml(plain(young.port)))
    await (await gatewayClient(world, 9000)).until('young is here')
    await first.send('still').until('old:still')
  })

  it('is cut when the mesh closes', async () => {
    const db = await echoing('db')
    const world = await tcpWorld(plain(db.port))
    const client = await gatewayClient(world, 9000)
    await client.until('db is here')
    await world.mesh.close(0)
    await client.end()
  })
})
