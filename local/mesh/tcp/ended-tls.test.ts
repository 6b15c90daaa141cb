import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../../kernel/certificate.ts'
import { noCredentials } from '../proxy/tls/credential.ts'
import { eventually } from '../testing/raw-client.ts'
import { authority, echoing, entry, gateway, rules, secureClient, tcpWorld, to, trusted } from './tcp-harness.ts'

describe('a server of protocol TLS that ends it', () => {
  const clients = createAuthority('clients', Date.now())
  const { cert, key } = issueCertificate(authority, ['secure.test'], Date.now())
  const named = () => ({ certificate: cert, privateKey: key, clientCa: clients.cert })

  async function ending(mode: string) {
    const db = await echoing('db')
    const yaml =
      gateway(9443, 'TLS', '[secure.test]', `{mode: ${mode}, credentialName: c}`) +
      rules('[secure.test]', '[gw-9443]', 'tcp', `[{match: [{port: 9443}], route: [${to('db.out', 5432)}]}]`) +
      entry('db.out', 5432, 'TCP', db.port)
    return tcpWorld(yaml, { certificates: { ...noCredentials, named } })
  }

  it('carries what was inside of it as plain bytes', async () => {
    const world = await ending('SIMPLE')
    const client = await secureClient(world, 9443, 'secure.test')
    await client.until('db is here')
    expect(await trusted(client)).toBe(true)
    await client.send('query').until('db:query')
    client.socket.end()
    expect(await client.end()).toBe('db is here\ndb:querybye')
    await eventually(() => world.connections.length === 1)
    expect(world.connections[0]).toMatchObject({ serverName: 'secure.test', receivedBytes: 5, sentBytes: 22 })
  })

  it('takes clients that offer protocols of their own (ALPN), as Envoy does', async () => {
    const client = await secureClient(await ending('SIMPLE'), 9443, 'secure.test', { ALPNProtocols: ['postgresql'] })
    await client.until('db is here')
    expect((client.socket as TLSSocket).alpnProtocol).toBe(false)
  })

  it('and names of the mesh’s own where they are offered', async () => {
    const client = await secureClient(await ending('SIMPLE'), 9443, 'secure.test', { ALPNProtocols: ['http/1.1'] })
    await client.until('db is here')
    expect((client.socket as TLSSocket).alpnProtocol).toBe('http/1.1')
  })

  it('asks for a certificate with MUTUAL', async () => {
    const known = issueCertificate(clients, ['me'], Date.now())
    const world = await ending('MUTUAL')
    await (await secureClient(world, 9443, 'secure.test', known)).until('db is here')
    await expect((await secureClient(world, 9443, 'secure.test')).until('db is here')).rejects.toThrow('ended')
  })

  it('resets whoever asks for another name', async () => {
    const client = await secureClient(await ending('SIMPLE'), 9443, 'other.test')
    expect(await client.end()).toBe('')
  })
})
