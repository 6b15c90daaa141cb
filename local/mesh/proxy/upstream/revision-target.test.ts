import { describe, expect, it } from 'vitest'
import type { RevisionEndpoint } from '../../table/cluster.ts'
import type { Hop } from '../hop.ts'
import { targetOf } from './revision-target.ts'

const endpoint: RevisionEndpoint = {
  ...{ kind: 'revision', namespace: 'app', revision: 'usvc-v1' },
  ...{ labels: {}, weight: 1, locality: '' },
}
const named = ['knative-serving-namespace', 'other', 'knative-serving-revision', 'usvc-v2']
const hopOf = (host: string, headers: string[] = [], repeats = false) =>
  ({ host, headers, incoming: { repeats } }) as unknown as Hop
const textOf = ({ namespace, revision }: { namespace: string; revision: string }) => `${namespace}/${revision}`

describe('the revision that is asked for', () => {
  it.each<[string, Hop, Partial<RevisionEndpoint>, string]>([
    ['through the activator is the one of the headers', hopOf('usvc-v1.app', named), {}, 'other/usvc-v2'],
    ['without headers is the first label of the host', hopOf('usvc-v3.app:80'), {}, 'app/usvc-v3'],
    ['with one of the two headers is that of the host', hopOf('usvc-v3.app', named.slice(2)), {}, 'app/usvc-v3'],
    ['past the activator is the one behind the name', hopOf('usvc-v1-private.app'), { direct: true }, 'app/usvc-v1'],
    ['past the activator is so whatever headers say', hopOf('facade.app', named), { direct: true }, 'app/usvc-v1'],
  ])('%s', (_what, hop, more, expected) => {
    expect(textOf(targetOf(hop, { ...endpoint, ...more }))).toBe(expected)
  })

  it('by a mirror or another that waits for no answer is in the background', () => {
    expect(targetOf(hopOf('x.app', [], true), endpoint)).toMatchObject({ background: true })
    expect(targetOf(hopOf('x.app'), endpoint)).not.toHaveProperty('background')
  })
})
