import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Identity } from '../../seams/identity.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import { configData, lookupData, meshEnv, proxyEnv } from './workload-env.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workload-env-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const url = 'http://id:token@127.0.0.1:15001'
const spec = (more: Partial<InstanceSpec> = {}): InstanceSpec => ({
  ...{ name: 'cart-1', namespace: 'shop', revision: 'cart-00001', configuration: 'cart', service: 'cart' },
  ...{ labels: { app: 'cart' }, annotations: {}, pod: { containers: [] }, digests: [], graceMs: 0 },
  ...more,
})

/** The environment of an instance, and what the mesh was asked for. */
function envOf(instance: InstanceSpec) {
  const identities: Identity[] = []
  let revoked = 0
  const credential = (identity: Identity) => {
    identities.push(identity)
    return { url, revoke: () => void revoked++ }
  }
  const { env, release } = meshEnv({ credential }, { file: name => join(folder, name) })(instance)
  return { env, release, identities, revoked: () => revoked }
}

describe('the way into the mesh', () => {
  it('is told in both spellings, and never for this machine itself', () => {
    const env = proxyEnv(url)
    for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) {
      expect([env[name], env[name.toUpperCase()]]).toEqual([url, url])
    }
    expect([env.no_proxy, env.NO_PROXY]).toEqual(Array(2).fill('127.0.0.1,::1,localhost'))
    expect(env.NODE_USE_ENV_PROXY).toBe('1')
  })

  it('is one of the instance’s own, under its identity, and ends with it', () => {
    const { env, release, identities, revoked } = envOf(spec({ pod: { containers: [], serviceAccountName: 'till' } }))
    expect(env.http_proxy).toBe(url)
    expect(identities).toEqual([{ namespace: 'shop', serviceAccount: 'till', labels: { app: 'cart' }, name: 'cart-1' }])
    expect(revoked()).toBe(0)
    release?.()
    expect(revoked()).toBe(1)
  })

  it('is that of the default account where the pod names none', () => {
    expect(envOf(spec()).identities).toMatchObject([{ serviceAccount: 'default' }])
  })
})

describe('the store', () => {
  it('is one file for each service, in a folder that only its owner may enter', () => {
    expect(envOf(spec()).env.STORE_PATH).toBe(join(folder, 'data/shop/cart.db'))
    expect(statSync(join(folder, 'data/shop')).mode & 0o777).toBe(0o700)
  })

  it('is shared by all revisions of a service, and by no other service', () => {
    const paths = [spec(), spec({ revision: 'cart-00002' }), spec({ service: 'till' })].map(
      one => envOf(one).env.STORE_PATH,
    )
    expect([paths[0] === paths[1], paths[0] === paths[2]]).toEqual([true, false])
  })

  it('is the Configuration’s where no Service has it', () => {
    expect(envOf(spec({ service: '', configuration: 'alone' })).env.STORE_PATH).toMatch(/shop\/alone\.db$/)
    expect(existsSync(join(folder, 'data/shop'))).toBe(true)
  })
})

describe('data of objects', () => {
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  const object = (kind: string, name: string, data?: object, namespace = 'shop') =>
    store.create({ apiVersion: 'v1', kind, metadata: { name, namespace }, ...(data && { data }) } as KubeObject)
  object('ConfigMap', 'plain', { a: '1' })
  object('ConfigMap', 'empty')
  object('Secret', 'hidden', { a: Buffer.from('geheim ä').toString('base64') })
  object('ConfigMap', 'config-autoscaler', { 'max-scale': '3' }, 'knative-serving')

  it.each<['ConfigMap' | 'Secret', string, object | undefined]>([
    ['ConfigMap', 'plain', { a: '1' }],
    ['ConfigMap', 'empty', {}],
    ['Secret', 'hidden', { a: 'geheim ä' }],
    ['ConfigMap', 'hidden', undefined],
    ['Secret', 'none', undefined],
  ])('of a %s called %s', (kind, name, data) => expect(lookupData(store)(kind, 'shop', name)).toEqual(data))

  it('of another namespace is none', () => {
    expect(lookupData(store)('ConfigMap', 'other', 'plain')).toBeUndefined()
  })

  it('of Knative’s settings is empty where there are none', () => {
    expect([configData(store, 'config-autoscaler'), configData(store, 'config-gc')]).toEqual([{ 'max-scale': '3' }, {}])
  })
})
