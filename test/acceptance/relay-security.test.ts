// The relay as it is in production: mutual TLS only, and nobody at its pods but whom a policy names.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type MeshCall, meshClient } from '../../load/mesh-client.ts'
import { projectDir, startWorld, type World } from '../../load/world.ts'
import { relayWorld, succeed } from './relay-world.ts'
import { eventually, get, skiff } from './skiff.ts'

const overlay = join(projectDir, 'istio/relay/overlays/production')

let world: World
let inside: MeshCall
let withoutSidecar: MeshCall
const relay = relayWorld(() => world)

const apply = (object: object) =>
  succeed(skiff(world.stateDir, ['apply', '-f', '-'], { stdin: stringify(object, { aliasDuplicateObjects: false }) }))
const remove = (kind: string, name: string, namespace: string) =>
  succeed(skiff(world.stateDir, ['delete', kind, name, '-n', namespace]))
const policy = (kind: string, namespace: string, name: string, spec: object) => ({
  ...{ apiVersion: 'security.istio.io/v1', kind },
  ...{ metadata: { name, namespace }, spec },
})
/** Everything of the relay that runs. */
const pods = async () => (await get<{ items: unknown[] }>(world.stateDir, 'pods', '-n', 'relay')).items.length

/** Lets instances end soon after their last request, and waits until none is left. */
async function sleep(): Promise<void> {
  await apply({
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: { name: 'config-autoscaler', namespace: 'knative-serving' },
    data: {
      'allow-zero-initial-scale': 'true',
      'initial-scale': '0',
      'stable-window': '6s',
      'scale-to-zero-grace-period': '1s',
    },
  })
  await eventually(pods, count => count === 0, 60)
}

beforeAll(async () => {
  world = await startWorld()
  const socket = join(world.stateDir, 'api.sock')
  inside = await meshClient(socket, 'relay')
  withoutSidecar = await meshClient(socket, 'relay', { 'sidecar.istio.io/inject': 'false' })
  await succeed(skiff(world.stateDir, ['apply', '-f', overlay]))
})
afterAll(() => world?.stop())

describe('the overlay of production', () => {
  it('AIR-41 takes mutual TLS only, and the relay works as before', async () => {
    const { spec } = await get<{ spec: object }>(world.stateDir, 'peerauthentication', 'default', '-n', 'relay')
    expect(spec).toEqual({ mtls: { mode: 'STRICT' } })
    const { status, lines } = await relay.tell()
    expect([status, lines.length]).toEqual([200, 4])
    expect((await inside('http://clock.relay/hello')).status).toBe(200)
    // A program without a sidecar reaches the services through the gateway, which has an identity.
    expect((await withoutSidecar('http://clock.relay/hello')).status).toBe(200)
  })

  it('AIR-41 refuses a program without identity as soon as no gateway stands in between', async () => {
    const direct = 'http://clock-00001.relay.svc.cluster.local/hello'
    await apply(policy('PeerAuthentication', 'knative-serving', 'default', { mtls: { mode: 'STRICT' } }))
    const refused = await eventually(
      () => withoutSidecar(direct),
      ({ status }) => status !== 200,
    )
    expect(refused.status).toBe(503)
    expect(refused.headers['x-service']).toBeUndefined()
    expect((await inside(direct)).headers['x-service']).toBe('clock')
    expect((await relay.tell()).status).toBe(200)
    await remove('peerauthentication', 'default', 'knative-serving')
  })

  it('KNI-25 wakes from zero under mutual TLS', { timeout: 90_000 }, async () => {
    await sleep()
    expect((await relay.tell({ 'x-dev-user': 'betaUser' })).status).toBe(200)
  })
})

describe('a namespace that denies everything', () => {
  it('KNI-24 is open to what the policy for Knative lets in, from zero too', { timeout: 90_000 }, async () => {
    await apply(policy('AuthorizationPolicy', 'relay', 'deny-all', {}))
    await sleep()
    expect((await relay.tell()).status).toBe(200)
    expect((await inside('http://clock.relay/hello')).status).toBe(200)
  })

  it('KNI-24 wakes for nobody without that policy: the probe of the activator is refused too', async () => {
    await remove('authorizationpolicy', 'knative', 'relay')
    const patience = new Promise<string>(resolve => setTimeout(() => resolve('waits'), 2_000))
    expect(await Promise.race([relay.tell().then(({ status }) => status), patience])).toBe('waits')
    await remove('authorizationpolicy', 'deny-all', 'relay')
    await eventually(
      () => relay.tell(),
      ({ status }) => status === 200,
    )
  })
})
