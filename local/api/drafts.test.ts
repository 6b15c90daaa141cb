import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../kernel/object.ts'
import { bare, mustBeMeant, mustStay, namedAs, placed, withoutStatus } from './drafts.ts'
import { createRegistry } from './registry.ts'

const registry = createRegistry()
const kindOf = (apiVersion: string, kind: string) => {
  const found = registry.of({ apiVersion, kind })
  if (!found) throw new Error(`no ${kind}`)
  return found
}
const sidecar = kindOf('networking.istio.io/v1', 'Sidecar')
const namespace = kindOf('v1', 'Namespace')
const draft = (metadata: object = {}) => ({
  ...{ apiVersion: 'networking.istio.io/v1beta1', kind: 'Sidecar', metadata: { name: 'a', ...metadata }, status: {} },
})

describe('a draft', () => {
  it('is stored under its kind’s first version, in a namespace', () => {
    expect(placed(sidecar, draft())).toMatchObject({
      apiVersion: 'networking.istio.io/v1',
      metadata: { namespace: 'default' },
    })
    expect(placed(sidecar, draft({ namespace: 'app', selfLink: '/x' })).metadata).toEqual({
      name: 'a',
      namespace: 'app',
    })
    expect(placed(namespace, { ...draft(), apiVersion: 'v1', kind: 'Namespace' }).metadata).toEqual({ name: 'a' })
  })

  it('loses its status where that is written apart', () => {
    expect(withoutStatus(sidecar, draft())).not.toHaveProperty('status')
    expect(withoutStatus({ ...sidecar, status: false }, draft())).toHaveProperty('status')
  })

  it('is of the name its path says', () => {
    const key = { group: '', kind: 'Sidecar', namespace: 'app', name: 'a' }
    expect(namedAs(key, { ...draft(), metadata: {} } as unknown as KubeObject).metadata).toEqual({
      name: 'a',
      namespace: 'app',
    })
    expect(() => namedAs(key, draft({ name: 'b' }))).toThrow('the applied object is not Sidecar app/a')
    expect(() => namedAs(key, draft({ namespace: 'other' }))).toThrow('is not Sidecar app/a')
  })

  it.each([
    ['another name', { metadata: { name: 'b', namespace: 'app' } }],
    ['another namespace', { metadata: { name: 'a', namespace: 'other' } }],
    ['another kind', { kind: 'Gateway' }],
    ['another group', { apiVersion: 'example.com/v1' }],
    ['no metadata', { metadata: undefined }],
  ])('may not get %s by a patch', (_, change) => {
    const before = draft({ namespace: 'app' })
    expect(() => mustStay(registry, before, { ...before, ...change } as KubeObject)).toThrow('a patch may not change')
  })

  it('may get another version of its group, and any content, by a patch', () => {
    const before = draft({ namespace: 'app' })
    const after = { ...before, apiVersion: 'networking.istio.io/v1', status: { seen: 1 } }
    expect(() => mustStay(registry, before, after)).not.toThrow()
  })

  it('is bare with its name and namespace alone', () => {
    expect(bare({ name: 'a', namespace: 'app', labels: { x: 'y' } })).toEqual({ name: 'a', namespace: 'app' })
    expect(bare({ name: 'a', uid: 'u' })).toEqual({ name: 'a' })
  })
})

it.each<[{ uid?: string; resourceVersion?: string }, string]>([
  [{}, 'meant'],
  [{ uid: 'u', resourceVersion: '3' }, 'meant'],
  [
    { uid: 'other' },
    'Operation cannot be fulfilled on Sidecar.networking.istio.io "a": the UID in the precondition (other) does not match the UID in record (u). The object might have been deleted and then recreated',
  ],
  [
    { resourceVersion: '2' },
    'Operation cannot be fulfilled on Sidecar.networking.istio.io "a": the ResourceVersion in the precondition (2) does not match the ResourceVersion in record (3). The object might have been modified',
  ],
])('a deletion of %j', (wanted, outcome) => {
  const deleting = () => mustBeMeant(draft({ uid: 'u', resourceVersion: '3' }), wanted)
  if (outcome === 'meant') expect(deleting).not.toThrow()
  else expect(deleting).toThrow(expect.objectContaining({ reason: 'Conflict', message: outcome }))
})
