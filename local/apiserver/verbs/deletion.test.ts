import { describe, expect, it } from 'vitest'
import { call, configMap, create, maps, runApi } from '../api-under-test.ts'

runApi()

const merge = 'application/merge-patch+json'
const namespaced = '/api/v1/namespaces/app'

describe('deleting', () => {
  it.each(['Background', 'Foreground', 'Orphan'])('takes the policy %s from body or query', async policy => {
    await create('a')
    await create('b')
    expect((await call('DELETE', `${maps}/a`, { body: { propagationPolicy: policy } })).code).toBe(200)
    expect((await call('DELETE', `${maps}/b?propagationPolicy=${policy}`)).code).toBe(200)
  })

  it('in the foreground shows what waits', async () => {
    const owner = (await create('owner')).body
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid }
    const child = configMap('child', { ownerReferences: [reference], finalizers: ['x/wait'] })
    await call('POST', maps, { body: child })
    const answer = await call('DELETE', `${maps}/owner`, { body: { propagationPolicy: 'Foreground' } })
    expect(answer.body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'] })
    await call('PATCH', `${maps}/child`, { type: merge, body: { metadata: { finalizers: null } } })
    expect((await call('GET', `${maps}/owner`)).code).toBe(404)
  })

  it('a namespace empties it, and refuses what comes meanwhile', async () => {
    await call('POST', maps, { body: configMap('kept', { finalizers: ['x/wait'] }) })
    expect((await call('DELETE', namespaced)).body).toMatchObject({ status: { phase: 'Terminating' } })
    expect(await create('late')).toMatchObject({
      code: 403,
      body: { reason: 'Forbidden', message: expect.stringContaining('because it is being terminated') },
    })
    await call('PATCH', `${maps}/kept`, { type: merge, body: { metadata: { finalizers: [] } } })
    expect((await call('GET', namespaced)).code).toBe(404)
  })

  it('generates names, other ones each time', async () => {
    const body = { ...configMap('x'), metadata: { generateName: 'made-' } }
    const names = await Promise.all([1, 2, 3].map(async () => (await call('POST', maps, { body })).body.metadata.name))
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name).toMatch(/^made-[a-z0-9]{5}$/)
  })

  it('an object that is to go takes no new finalizers', async () => {
    await call('POST', maps, { body: configMap('a', { finalizers: ['x/wait'] }) })
    await call('DELETE', `${maps}/a`)
    const more = { metadata: { finalizers: ['x/wait', 'y/more'] } }
    expect(await call('PATCH', `${maps}/a`, { type: merge, body: more })).toMatchObject({
      code: 422,
      body: {
        message:
          'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"y/more"}',
      },
    })
    expect((await call('PATCH', `${maps}/a`, { type: merge, body: { metadata: { finalizers: null } } })).code).toBe(200)
    expect((await call('GET', `${maps}/a`)).code).toBe(404)
  })

  it('only those selected are deleted of a collection, and none in a dry run', async () => {
    await create('a', { app: 'x' })
    await create('b', { app: 'x' })
    await create('c')
    await call('DELETE', `${maps}?labelSelector=app%3Dx`, { body: { dryRun: ['All'] } })
    expect((await call('GET', maps)).body.items).toHaveLength(3)
    await call('DELETE', `${maps}?labelSelector=app%3Dx`)
    expect((await call('GET', maps)).body.items).toHaveLength(1)
  })

  it('a collection of owners and what they own is gone at once', async () => {
    const { uid } = (await create('owner')).body.metadata
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }
    await call('POST', maps, { body: configMap('the-owned', { ownerReferences: [reference] }) })
    expect(await call('DELETE', maps)).toMatchObject({ code: 200, body: { kind: 'ConfigMapList' } })
    expect((await call('GET', maps)).body.items).toEqual([])
  })
})
