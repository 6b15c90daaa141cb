// Captured callers whose connections are not HTTP, end to end: tunnels to the capture, rules and services as YAML.
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { afterTest } from '../proxy/gateway-harness.ts'
import {
  backendOfBytes,
  caller,
  capturedSocket,
  echoing,
  entry,
  rules,
  secureBackend,
  tcpWorld,
  to,
  trusting,
} from '../tcp/tcp-harness.ts'
import { eventually, RawClient } from '../testing/raw-client.ts'
import type { World } from '../testing/world.ts'

/** Time stands still, so that no client is taken for one that waits. */
const calmWorld = (yaml: string) => tcpWorld(yaml, { clock: new FakeClock() })

/** A tunnel of bytes to a host and port as the caller names them. */
async function tunnel(world: World, target: string, labels: Record<string, string> = {}): Promise<RawClient> {
  const client = new RawClient(await capturedSocket(world, target, { ...caller, labels }))
  afterTest(() => client.close())
  return client
}

/** TLS through a tunnel. */
async function secureTunnel(world: World, target: string, servername: string): Promise<RawClient> {
  return trusting({ socket: await capturedSocket(world, target), servername })
}

const registryOnly = `---
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: app}, spec: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}
`

/** What is met, or `closed`. */
const met = (client: RawClient) => client.until(text => text.includes('\n')).catch(() => 'closed')

describe('TLS of a caller', () => {
  it('goes to the endpoint of the host its hello names, not to where the name leads', async () => {
    const [shop, wild] = [await secureBackend('shop.test'), await secureBackend('a.wild.test')]
    const world = await calmWorld(
      entry('shop.test', 443, 'TLS', shop.port) + entry('*.wild.test', 443, 'HTTPS', wild.port) + registryOnly,
    )
    expect(await met(await secureTunnel(world, 'shop.test:443', 'shop.test'))).toBe('shop.test asked as shop.test\n')
    expect(await met(await secureTunnel(world, '203.0.113.9:443', 'shop.test'))).toBe('shop.test asked as shop.test\n')
    expect(await met(await secureTunnel(world, 'a.wild.test:443', 'a.wild.test'))).toBe(
      'a.wild.test asked as a.wild.test\n',
    )
  })

  it('follows tls rules by name', async () => {
    const [one, two] = [await secureBackend('one.test'), await secureBackend('two.test')]
    const world = await calmWorld(
      entry('one.test', 443, 'TLS', one.port) +
        entry('two.test', 443, 'TLS', two.port) +
        rules('[one.test]', '[mesh]', 'tls', `[{match: [{sniHosts: [one.test]}], route: [${to('two.test', 443)}]}]`),
    )
    expect(await met(await secureTunnel(world, 'one.test:443', 'one.test'))).toBe('two.test asked as one.test\n')
  })

  it('to a host that nobody knows is passed on, or cut under REGISTRY_ONLY', async () => {
    const outside = await secureBackend('outside.test')
    const target = `outside.localhost:${outside.port}`
    const free = await calmWorld('')
    expect(await met(await secureTunnel(free, target, 'outside.test'))).toBe('outside.test asked as outside.test\n')
    const world = await calmWorld(registryOnly)
    expect(await met(await secureTunnel(world, target, 'outside.test'))).toBe('closed')
    expect(world.connections).toMatchObject([
      { door: 'outbound', flags: 'UH', cluster: 'BlackHoleCluster', serverName: 'outside.test', caller },
    ])
  })

  it('to a wildcard of resolution NONE goes where the caller wanted', async () => {
    const wild = await secureBackend('a.wild.test')
    const none = `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: w, namespace: app}
spec: {hosts: ["*.wild.test"], ports: [{number: ${wild.port}, name: p, protocol: TLS}], resolution: NONE}
`
    const world = await calmWorld(none + registryOnly)
    expect(await met(await secureTunnel(world, `127.0.0.1:${wild.port}`, 'a.wild.test'))).toContain(
      'asked as a.wild.test',
    )
    expect(await met(await secureTunnel(world, `127.0.0.1:${wild.port}`, 'wild.test'))).toBe('closed')
  })

  it('tells of the connection when it is over', async () => {
    const shop = await secureBackend('shop.test')
    const world = await calmWorld(entry('shop.test', 443, 'TLS', shop.port))
    const client = await secureTunnel(world, 'shop.test:443', 'shop.test')
    await met(client)
    client.close()
    await eventually(() => shop.connections.every(socket => socket.destroyed || socket.readableEnded))
    for (const socket of shop.connections) socket.destroy()
    await eventually(() => world.connections.length === 1)
    expect(world.connections[0]).toMatchObject({
      ...{ door: 'outbound', port: 443, flags: '-', serverName: 'shop.test', caller },
      ...{ cluster: 'outbound|443||shop.test', upstreamAddress: `127.0.0.1:${shop.port}` },
      origin: { kind: 'ServiceEntry', namespace: 'app', name: 'shop.test' },
    })
  })
})

describe('bytes of a caller', () => {
  const headless = (port: number) => `---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: app}, spec: {ports: [{name: tcp-db, port: 5432}]}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: db, namespace: app}, subsets: [{addresses: [{ip: 127.0.0.1}], ports: [{name: tcp-db, port: ${port}}]}]}
`

  it.each(['db', 'db.app', 'db.app.svc.cluster.local'])(
    'to a service of TCP named %s reach its endpoint',
    async name => {
      const db = await echoing('db')
      const client = await tunnel(await calmWorld(headless(db.port)), `${name}:5432`)
      expect(await met(client)).toBe('db is here\n')
      await client.send('GET / HTTP/1.1\r\n').until('db:GET / HTTP/1.1')
    },
  )

  it('are not kept waiting where the server speaks first: no time has to pass', async () => {
    const db = await echoing('db')
    const client = await tunnel(await calmWorld(headless(db.port)), 'db.app:5432')
    expect(await met(client)).toBe('db is here\n')
  })

  it('of a client that waits for the server are passed on in time, where they might be HTTP', async () => {
    const clock = new FakeClock()
    const server = await echoing('server')
    const world = await tcpWorld(headless(server.port).replaceAll('tcp-db', 'any'), { clock })
    const client = await tunnel(world, 'db.app:5432')
    await clock.advance(200)
    expect(await met(client)).toBe('server is here\n')
  })

  it('where a name alone leads on are waited for however long it takes', async () => {
    const clock = new FakeClock()
    const shop = await secureBackend('shop.test')
    const world = await tcpWorld(entry('shop.test', 443, 'TLS', shop.port) + registryOnly, { clock })
    const socket = await capturedSocket(world, 'shop.test:443')
    await clock.advance(3_600_000)
    expect(await met(trusting({ socket, servername: 'shop.test' }))).toBe('shop.test asked as shop.test\n')
  })

  it('may come right behind the CONNECT', async () => {
    const db = await echoing('db')
    const client = await tunnel(await calmWorld(headless(db.port)), 'db.app:5432')
    await client.send('one').until('db:one')
    await client.send('two').until('db:two')
  })

  it('are half-closed and ended as the ends want', async () => {
    const db = await echoing('db')
    const client = await tunnel(await calmWorld(headless(db.port)), 'db.app:5432')
    await met(client)
    client.socket.end('last')
    expect(await client.end()).toBe('db is here\ndb:lastbye')
  })

  it('follow tcp rules by the labels of the caller', async () => {
    const [db, test] = [await echoing('db'), await echoing('test')]
    const world = await calmWorld(
      headless(db.port) +
        entry('test.out', 5432, 'TCP', test.port) +
        rules('[db]', '[mesh]', 'tcp', `[{match: [{sourceLabels: {env: test}}], route: [${to('test.out', 5432)}]}]`),
    )
    expect(await met(await tunnel(world, 'db:5432', { env: 'test' }))).toBe('test is here\n')
    expect(await met(await tunnel(world, 'db:5432', { env: 'prod' }))).toBe('db is here\n')
  })

  it('follow tcp rules by the address they are for', async () => {
    const [near, far] = [await echoing('near'), await echoing('far')]
    const world = await calmWorld(
      entry('net.out', 5432, 'TCP', near.port, 'addresses: [10.0.0.0/8]') +
        entry('far.out', 5432, 'TCP', far.port, 'addresses: [11.0.0.0/8]') +
        rules(
          '[net.out]',
          '[mesh]',
          'tcp',
          `[{match: [{destinationSubnets: [10.9.0.0/16]}], route: [${to('far.out', 5432)}]}]`,
        ),
    )
    expect(await met(await tunnel(world, '10.1.1.1:5432'))).toBe('near is here\n')
    expect(await met(await tunnel(world, '10.9.1.1:5432'))).toBe('far is here\n')
  })

  it('to a port whose protocol is found out reach the endpoint when they are not HTTP', async () => {
    const any = await backendOfBytes(socket => socket.on('data', data => socket.write(`any:${data}\n`)))
    const world = await tcpWorld(headless(any.port).replaceAll('tcp-db', 'any'))
    expect(await met((await tunnel(world, 'db.app:5432')).send('\0binary'))).toBe('any:\0binary\n')
    const http = await tunnel(world, 'db.app:5432')
    // Read as HTTP, the answer is none.
    await http.send('GET / HTTP/1.1\r\nhost: db.app:5432\r\n\r\n').until('HTTP/1.1 50')
    expect(world.records).toHaveLength(1)
  })

  it('of HTTP to a host of TLS are requests as ever: under REGISTRY_ONLY they are cut', async () => {
    const shop = await secureBackend('shop.test')
    const world = await calmWorld(entry('shop.test', 443, 'TLS', shop.port) + registryOnly)
    const client = await tunnel(world, 'shop.test:443')
    client.socket.end('GET / HTTP/1.1\r\nhost: shop.test\r\n\r\n')
    expect(await client.end()).toBe('')
  })

  it('of a caller without a sidecar know no rules', async () => {
    const [db, outside] = [await echoing('db'), await echoing('outside')]
    const clock = new FakeClock()
    const world = await tcpWorld(entry('127.0.0.1', outside.port, 'TCP', db.port) + registryOnly, { clock })
    const client = await tunnel(world, `127.0.0.1:${outside.port}`, { 'sidecar.istio.io/inject': 'false' })
    await clock.advance(200)
    expect(await met(client)).toBe('outside is here\n')
  })
})
