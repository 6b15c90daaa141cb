// What volumes hold, and what Kubernetes says when something they need is missing.
import { describe, expect, it } from 'vitest'
import type { InstanceSpec } from '../../seams/instances.ts'
import { type Volume, type VolumeSources, volumeFiles } from './files.ts'

const data: Record<string, Record<string, string>> = {
  'ConfigMap/settings': { 'app.yaml': 'a: 1', 'other.yaml': 'b: 2' },
  'Secret/login': { password: 'pssst' },
}

const spec: InstanceSpec = {
  ...{ name: 'pod-1', namespace: 'n', revision: 'r', configuration: 'c', service: 's' },
  ...{ labels: { app: 'x' }, annotations: {}, digests: [], graceMs: 1 },
  pod: { containers: [{ name: 'main', image: 'i', resources: { limits: { memory: '64Mi' } } }] },
}

const sources: VolumeSources = {
  spec,
  lookup: (kind, namespace, name) => (namespace === 'n' ? data[`${kind}/${name}`] : undefined),
  token: (audience, seconds) => `token for ${audience} of ${seconds} s`,
}

const filesOf = (source: object) => volumeFiles({ name: 'v', ...source } as Volume, sources)
/** `path=content mode`. */
const listed = (source: object) => filesOf(source).map(one => `${one.path}=${one.content} ${one.mode.toString(8)}`)

describe('a volume', () => {
  const rows: [sentence: string, source: object, files: string[]][] = [
    [
      'of a ConfigMap has a file a key',
      { configMap: { name: 'settings' } },
      ['app.yaml=a: 1 644', 'other.yaml=b: 2 644'],
    ],
    [
      'of chosen keys has those, where they were put',
      { configMap: { name: 'settings', items: [{ key: 'app.yaml', path: 'deep/in.yaml', mode: 0o400 }] } },
      ['deep/in.yaml=a: 1 400'],
    ],
    [
      'of a Secret has its values decoded',
      { secret: { secretName: 'login', defaultMode: 0o600 } },
      ['password=pssst 600'],
    ],
    ['that is optional and absent is empty', { configMap: { name: 'nobody', optional: true } }, []],
    [
      'of an optional key that is absent leaves it out',
      { secret: { secretName: 'login', optional: true, items: [{ key: 'x', path: 'x' }] } },
      [],
    ],
    ['that is empty has nothing', { emptyDir: {} }, []],
    [
      'of several sources has all their files',
      {
        projected: {
          sources: [
            { configMap: { name: 'settings', items: [{ key: 'app.yaml', path: 'a' }] } },
            { secret: { name: 'login' } },
            { downwardAPI: { items: [{ path: 'who', fieldRef: { fieldPath: 'metadata.name' } }] } },
            { serviceAccountToken: { path: 'token', audience: 'shop', expirationSeconds: 600 } },
          ],
        },
      },
      ['a=a: 1 644', 'password=pssst 644', 'who=pod-1 644', 'token=token for shop of 600 s 600'],
    ],
    [
      'of the pod itself knows its limits',
      {
        downwardAPI: { items: [{ path: 'm', resourceFieldRef: { resource: 'limits.memory', containerName: 'main' } }] },
      },
      ['m=67108864 644'],
    ],
  ]
  it.for(rows)('%s', ([, source, files]) => {
    expect(listed(source)).toEqual(files)
  })

  it.each([
    ['a ConfigMap that is missing', { configMap: { name: 'nobody' } }, 'configmap "nobody" not found'],
    ['a Secret that is missing', { secret: { secretName: 'nobody' } }, 'secret "nobody" not found'],
    [
      'a key that is missing',
      { configMap: { name: 'settings', items: [{ key: 'x', path: 'x' }] } },
      'references non-existent config key: x',
    ],
    ['a kind that nothing here has', { nfs: { server: 'x' } }, 'volume "v": nfs does not exist on the local runtime'],
  ])('is refused for %s', (_, source, sentence) => {
    expect(() => filesOf(source)).toThrow(sentence)
  })
})
