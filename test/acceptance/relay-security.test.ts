// The relay as it is in production: mutual TLS only, and nobody at its pods but whom a policy names.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshCall } from '../../load/mesh-client.ts'
import { type Plane, soonAsleep, startPlane } from './plane.ts'
import { relayWorld } from './relay-world.ts'
import { eventually } from './skiff.ts'
import { lasting } from './target.ts'

const overlay = ['peer-authentication', 'authorization-policy'].map(
  name => `istio/relay/overlays/production/${name}.yaml`,
)

let plane: Plane
let inside: MeshCall
let withoutSidecar: MeshCall
const relay = relayWorld(() => plane)

const policy = (kind: string, namespace: string, name: string, spec: object) => ({
  ...{ apiVersion: 'security.istio.io/v1', kind },
  ...{ metadata: { name, namespace }, spec },
})
/** Everything of the relay that runs. */
const pods = async () => (await plane.get<{ items: unknown[] }>('pods', '-n', 'relay')).items.length

/** Lets instances end soon after their last request, and waits until none is left. */
async function sleep(): Promise<void> {
  await plane.configure('config-autoscaler', soonAsleep)
  await eventually(pods, count => count === 0, 60)
}

beforeAll(async () => {
  plane = await startPlane('relay')
  inside = await plane.caller('relay')
  withoutSidecar = await plane.caller('relay', { 'sidecar.istio.io/inject': 'false' })
  await plane.apply(...overlay)
})
afterAll(async () => {
  await plane?.remove(...overlay)
  await plane?.stop()
})

describe('the overlay of production', () => {
  it('AIR-41 takes mutual TLS only, and the relay works as before', async () => {
    const { spec } = await plane.get<{ spec: object }>('peerauthentication', 'default', '-n', 'relay')
    expect(spec).toEqual({ mtls: { mode: 'STRICT' } })
    const { status, lines } = await relay.tell()
    expect([status, lines.length]).toEqual([200, 4])
    expect((await inside('http://clock.relay/hello')).status).toBe(200)
    // A program without a sidecar reaches the services through the gateway, which has an identity.
    expect((await withoutSidecar('http://clock.relay/hello')).status).toBe(200)
  })

  it('OBS-43, AIR-41 resets a program without identity as soon as no gateway stands in between', async () => {
    const direct = 'http://clock-00001.relay.svc.cluster.local/hello'
    // A cluster resets its connection; the runtime captures it too, and its proxy answers that it was reset.
    const plain = () =>
      withoutSidecar(direct).then(
        ({ status, body }) => `${status} ${body}`,
        (error: Error) => error.message,
      )
    await plane.apply(policy('PeerAuthentication', 'knative-serving', 'default', { mtls: { mode: 'STRICT' } }))
    const refused = await eventually(plain, said => !said.startsWith('200'))
    expect(refused).toMatch(/^503 .*reset reason: connection termination$|ECONNRESET/)
    expect((await inside(direct)).headers['x-service']).toBe('clock')
    expect((await relay.tell()).status).toBe(200)
    await plane.remove('peerauthentication', 'default', '-n', 'knative-serving')
  })

  it('KNI-25 wakes from zero under mutual TLS', lasting(90), async () => {
    await sleep()
    expect((await relay.tell({ 'x-dev-user': 'betaUser' })).status).toBe(200)
  })
})

describe('a namespace that denies everything', () => {
  it('KNI-24 is open to what the policy for Knative lets in, from zero too', lasting(90), async () => {
    await plane.apply(policy('AuthorizationPolicy', 'relay', 'deny-all', {}))
    await sleep()
    expect((await relay.tell()).status).toBe(200)
    expect((await inside('http://clock.relay/hello')).status).toBe(200)
  })

  it('KNI-24 wakes for nobody without that policy: the probe of the activator is refused too', async () => {
    await plane.remove('authorizationpolicy', 'knative', '-n', 'relay')
    const patience = new Promise<string>(resolve => setTimeout(() => resolve('waits'), 2_000))
    expect(await Promise.race([relay.tell().then(({ status }) => status), patience])).toBe('waits')
    await plane.remove('authorizationpolicy', 'deny-all', '-n', 'relay')
    await eventually(
      () => relay.tell(),
      ({ status }) => status === 200,
    )
  })
})
