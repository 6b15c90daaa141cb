// Istio's policies on a running system: at the ingress gateway, before the activator, at the pods of a revision.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type MeshCall, meshClient } from '../../load/mesh-client.ts'
import { onlyLocal } from './only-local.ts'
import { type Obj, type ServingWorld, servingWorld } from './serving-world.ts'
import { eventually } from './skiff.ts'

const { describe, it } = onlyLocal('it changes the policies of the whole mesh, and reads the state of the runtime')

let world: ServingWorld
let inside: MeshCall
let withoutSidecar: MeshCall
const made: string[] = []

beforeAll(async () => {
  world = await servingWorld({ 'config-features': { 'tag-header-based-routing': 'enabled' } })
  const socket = join(world.stateDir, 'api.sock')
  inside = await meshClient(socket, 'default')
  withoutSidecar = await meshClient(socket, 'default', { 'sidecar.istio.io/inject': 'false' })
  await world.service('shop', { version: 'v1', name: 'shop-v1' })
})
afterAll(() => world?.stop())
afterEach(async () => {
  for (const path of made.splice(0)) await world.remove(path)
})

const publicHost = 'shop.default.localhost'
const clusterUrl = 'http://shop.default.svc.cluster.local/'
const gatewaySelector = { selector: { matchLabels: { istio: 'ingressgateway' } } }
const podSelector = { selector: { matchLabels: { 'serving.knative.dev/service': 'shop' } } }

async function policy(kind: string, namespace: string, spec: object, name = 'p'): Promise<void> {
  const plural = kind.toLowerCase().replace(/y$/, 'ie')
  made.push(`/apis/security.istio.io/v1/namespaces/${namespace}/${plural}s/${name}`)
  await world.create({ apiVersion: 'security.istio.io/v1', kind, metadata: { name, namespace }, spec } as Obj)
}

const deny = (rules: object[], selector: object = gatewaySelector) => ({ action: 'DENY', rules, ...selector })

describe('an AuthorizationPolicy at the gateway', () => {
  it('denies with Istio’s words, and only what it names', async () => {
    await policy('AuthorizationPolicy', 'istio-system', deny([{ to: [{ operation: { paths: ['/env'] } }] }]))
    const refused = await world.at(publicHost, '/env?x=1')
    expect(refused).toMatchObject({ status: 403, body: 'RBAC: access denied' })
    expect(refused.headers).toMatchObject({ 'content-type': 'text/plain', server: 'istio-envoy' })
    expect((await world.at(publicHost)).status).toBe(200)
  })

  it('of port 8080 leaves calls inside the cluster alone', async () => {
    const operation = { ports: ['8080'] }
    await policy('AuthorizationPolicy', 'istio-system', deny([{ to: [{ operation }] }]))
    expect((await world.at(publicHost)).status).toBe(403)
    expect((await inside(clusterUrl)).status).toBe(200)
    expect((await withoutSidecar(clusterUrl)).status).toBe(200)
  })

  it('is in force no longer once it is deleted', async () => {
    await policy('AuthorizationPolicy', 'istio-system', deny([{}]))
    expect((await world.at(publicHost)).status).toBe(403)
    await world.remove(made.pop() ?? '')
    expect((await world.at(publicHost)).status).toBe(200)
  })
})

interface Signer {
  sign(claims?: JWTPayload): Promise<string>
  jwk: JWK
}

async function signer(kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const sign = (claims: JWTPayload = {}) =>
    new SignJWT({ iss: 'https://issuer.test', sub: 'jane', exp: Math.floor(Date.now() / 1_000) + 600, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(privateKey)
  return { sign, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('tokens at the gateway (pattern h6)', () => {
  const rule = (keys: object) => ({ ...gatewaySelector, jwtRules: [{ issuer: 'https://issuer.test', ...keys }] })
  const strangers = { from: [{ source: { notRequestPrincipals: ['*'] } }], to: [{ operation: { ports: ['8080'] } }] }

  it('none is 403, an expired one 401, a good one passes, and inside nobody is asked', async () => {
    const { sign, jwk } = await signer('one')
    await policy('RequestAuthentication', 'istio-system', rule({ jwks: JSON.stringify({ keys: [jwk] }) }), 'jwt')
    await policy('AuthorizationPolicy', 'istio-system', deny([strangers]))
    expect(await world.at(publicHost)).toMatchObject({ status: 403, body: 'RBAC: access denied' })
    const expired = await world.at(publicHost, '/', bearer(await sign({ exp: 1 })))
    expect(expired).toMatchObject({ status: 401, body: 'Jwt is expired' })
    expect(expired.headers['www-authenticate']).toBe(`Bearer realm="http://${publicHost}/", error="invalid_token"`)
    const reply = await world.at(publicHost, '/', bearer(await sign()))
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body).headers).not.toHaveProperty('authorization')
    expect((await inside(clusterUrl)).status).toBe(200)
  })

  it('by a claim lead to a tag (pattern h7)', async () => {
    const { sign, jwk } = await signer('one')
    await policy('RequestAuthentication', 'istio-system', rule({ jwks: JSON.stringify({ keys: [jwk] }) }), 'jwt')
    const edge = '/apis/networking.istio.io/v1/namespaces/default/virtualservices/edge'
    made.push(edge)
    const destination = { host: 'knative-local-gateway.istio-system.svc.cluster.local', port: { number: 80 } }
    const route = [{ destination }]
    await world.create({
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
      metadata: { name: 'edge', namespace: 'default' },
      spec: {
        hosts: ['edge.test'],
        gateways: ['knative-serving/knative-ingress-gateway'],
        http: [
          {
            match: [{ headers: { '@request.auth.claims.dev': { exact: 'betaUser' } } }],
            ...{ rewrite: { authority: 'shop.default.svc.cluster.local' }, route },
          },
          { redirect: { uri: '/other' } },
        ],
      },
    } as Obj)
    expect((await world.at('edge.test', '/', bearer(await sign({ dev: 'betaUser' })))).status).toBe(200)
    expect((await world.at('edge.test', '/', bearer(await sign({ dev: 'other' })))).status).toBe(301)
    expect((await world.at('edge.test')).status).toBe(301)
  })

  it('are checked against keys by URL, which may rotate', async () => {
    const [first, second] = [await signer('first'), await signer('second')]
    let keys = [first.jwk]
    const issuer = createServer((_request, response) => response.end(JSON.stringify({ keys })))
    await new Promise<void>(resolve => issuer.listen(0, '127.0.0.1', resolve))
    const { port } = issuer.address() as AddressInfo
    try {
      await policy('RequestAuthentication', 'istio-system', rule({ jwksUri: `http://127.0.0.1:${port}/jwks` }), 'jwt')
      expect((await world.at(publicHost, '/', bearer(await first.sign()))).status).toBe(200)
      expect(await world.at(publicHost, '/', bearer(await second.sign()))).toMatchObject({ status: 401 })
      keys = [second.jwk]
      await eventually(
        async () => (await world.at(publicHost, '/', bearer(await second.sign()))).status,
        status => status === 200,
      )
      expect((await world.at(publicHost, '/', bearer(await first.sign()))).status).toBe(401)
    } finally {
      issuer.close()
    }
  })
})

/** The answer's status, or `waits` when there is none after a second. */
const soon = (asked: Promise<{ status: number }>) =>
  Promise.race([asked.then(({ status }) => status), new Promise(resolve => setTimeout(() => resolve('waits'), 1_000))])

describe('policies at the pods of a revision', () => {
  it('see the activator, never the caller (patterns h4, h5)', async () => {
    const probes = {
      from: [{ source: { namespaces: ['knative-serving'] } }],
      to: [{ operation: { paths: ['/metrics', '/healthz'] } }],
    }
    const paths = { to: [{ operation: { paths: ['/'] } }] }
    await policy('AuthorizationPolicy', 'default', { action: 'ALLOW', rules: [paths, probes], ...podSelector })
    expect(await soon(world.at(publicHost))).toBe(200)
    expect(await world.at(publicHost, '/env')).toMatchObject({ status: 403, body: 'RBAC: access denied' })
    expect(await inside(`${clusterUrl}env`)).toMatchObject({ status: 403, headers: { server: 'envoy' } })
    await world.remove(made.pop() ?? '')

    const caller = { from: [{ source: { principals: ['cluster.local/ns/default/sa/default'] } }] }
    await policy('AuthorizationPolicy', 'default', { action: 'ALLOW', rules: [caller, probes], ...podSelector })
    expect((await inside(clusterUrl)).status).toBe(403)
  })

  it('that keep the activator’s probe out let every request wait (pattern h3)', async () => {
    const rules = [{ to: [{ operation: { paths: ['/api*'] } }] }]
    await policy('AuthorizationPolicy', 'default', { action: 'ALLOW', rules, ...podSelector })
    expect(await soon(world.at(publicHost, '/api'))).toBe('waits')
  })
})

describe('STRICT mutual TLS', () => {
  const strict = { mtls: { mode: 'STRICT' } }
  const namespace = '/api/v1/namespaces/knative-serving'

  it('in the namespace of a function lets the gateway and programs with a sidecar pass (pattern h2)', async () => {
    await policy('PeerAuthentication', 'default', strict)
    expect(await soon(world.at(publicHost))).toBe(200)
    expect(await soon(inside(clusterUrl))).toBe(200)
  })

  it('lets requests wait when the activator has no sidecar (pattern h1)', async () => {
    await world.patch(namespace, { metadata: { labels: { 'istio-injection': 'disabled' } } })
    await policy('PeerAuthentication', 'default', strict)
    expect(await soon(world.at(publicHost))).toBe('waits')
    await world.patch(namespace, { metadata: { labels: { 'istio-injection': null } } })
    expect(await soon(world.at(publicHost))).toBe(200)
  })

  it('of the mesh refuses a program without a sidecar at the activator, not behind the gateway', async () => {
    await policy('PeerAuthentication', 'istio-system', strict)
    expect(await soon(inside('http://shop-v1.default.svc.cluster.local/'))).toBe(200)
    expect((await withoutSidecar('http://shop-v1.default.svc.cluster.local/')).status).toBe(503)
    expect(await soon(withoutSidecar(clusterUrl))).toBe(200)
  })
})

describe('a program without a sidecar', () => {
  it('reaches by name what DNS knows, whatever wildcards the gateways have rules for', async () => {
    const path = '/apis/networking.istio.io/v1/namespaces/default/virtualservices'
    const gateways = ['knative-serving/knative-local-gateway']
    made.push(`${path}/anything`)
    await world.create({
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
      metadata: { name: 'anything', namespace: 'default' },
      spec: { hosts: ['*'], gateways, http: [{ directResponse: { status: 418 } }] },
    } as Obj)
    const outside = createServer((_request, response) => response.end('outside'))
    await new Promise<void>(resolve => outside.listen(0, '127.0.0.1', resolve))
    const { port } = outside.address() as AddressInfo
    expect((await withoutSidecar(`http://127.0.0.1:${port}/`)).body).toBe('outside')
    outside.close()
    expect((await withoutSidecar(clusterUrl)).status).toBe(200)
  })
})
