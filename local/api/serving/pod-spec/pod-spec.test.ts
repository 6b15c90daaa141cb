// What a webhook refuses of containers, environment, ports and volumes: one field a row.
import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../../core/pod-spec.ts'
import { readFeatures } from '../config/features.ts'
import { podSpecFlaws } from './validation.ts'

/** The flaws of a pod spec as a cluster prints them; `c` stands for the first container. */
function said(spec: object, features: Record<string, string> = {}): string[] {
  const flaws = podSpecFlaws(spec as PodSpec, 'spec', readFeatures(features))
  return flaws.map(({ message, path }) => `${message}: ${path.replaceAll('spec.containers[0]', 'c')}`)
}

const container = (fields: object, more: object = {}) => ({ containers: [{ image: 'a/b', ...fields }], ...more })
const mounted = (volume: object, mount: object = {}) =>
  container(
    { volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true, ...mount }] },
    { volumes: [{ name: 'v', ...volume }] },
  )

describe('taken', () => {
  const rows: [sentence: string, spec: object, features?: Record<string, string>][] = [
    ['an image alone', container({})],
    ['an image by digest', container({ image: `a/b@sha256:${'0'.repeat(64)}` })],
    ['an image with registry, port and tag', container({ image: 'registry.example.com:5000/a/b:v1' })],
    ['a port named h2c', container({ ports: [{ containerPort: 9000, name: 'h2c' }] })],
    ['a port named http1', container({ ports: [{ containerPort: 9000, name: 'http1' }] })],
    [
      'a variable from a ConfigMap',
      container({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'k' } } }] }),
    ],
    ['all variables of a Secret', container({ envFrom: [{ secretRef: { name: 's' } }] })],
    ['a mounted Secret', mounted({ secret: { secretName: 's' } })],
    ['a mounted ConfigMap', mounted({ configMap: { name: 'm' } })],
    ['a writable emptyDir', mounted({ emptyDir: {} }, { readOnly: false })],
    [
      'a sidecar beside the one with a port',
      {
        containers: [
          { name: 'main', image: 'a/b', ports: [{ containerPort: 1 }] },
          { name: 'side', image: 'a/c' },
        ],
      },
    ],
    [
      'PORT in a sidecar, which serves nobody',
      {
        containers: [
          { name: 'main', image: 'a/b', ports: [{ containerPort: 1 }] },
          { name: 'side', image: 'a/c', env: [{ name: 'PORT' }] },
        ],
      },
    ],
    [
      'a field of the pod where the feature is on',
      container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'x' } } }] }),
      { 'kubernetes.podspec-fieldref': 'enabled' },
    ],
    [
      'tolerations where the feature is on',
      container({}, { tolerations: [{}] }),
      { 'kubernetes.podspec-tolerations': 'enabled' },
    ],
    ['empty tolerations, which say nothing', container({}, { tolerations: [] })],
    ['an HTTP probe', container({ readinessProbe: { httpGet: { path: '/healthz', port: 0 }, successThreshold: 1 } })],
    ['a service account', container({}, { serviceAccountName: 'robot' })],
  ]
  it.for(rows)('%s', ([, spec, features]) => {
    expect(said(spec, features)).toEqual([])
  })
})

describe('refused', () => {
  const rows: [sentence: string, spec: object, flaws: string[], features?: Record<string, string>][] = [
    ['no container', { containers: [] }, ['missing field(s): spec.containers']],
    ['no image', { containers: [{}] }, ['missing field(s): c.image']],
    ['an image with capitals', container({ image: 'A/B' }), ['Failed to parse image reference: c.image']],
    [
      'the name of Knative’s own container',
      container({ name: 'queue-proxy' }),
      ['"queue-proxy" is a reserved container name: c.name'],
    ],
    ...['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION'].map((name): [string, object, string[]] => [
      `the variable ${name}`,
      container({ env: [{ name: 'A' }, { name }] }),
      [`"${name}" is a reserved environment variable: c.env[1].name`],
    ]),
    ['a variable without a name', container({ env: [{ value: 'x' }] }), ['missing field(s): c.env[0].name']],
    [
      'a field of the pod',
      container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'x' } } }] }),
      ['must not set the field(s): c.env[0].valueFrom.fieldRef'],
    ],
    [
      'variables of nobody',
      container({ envFrom: [{}] }),
      ['expected exactly one, got neither: c.envFrom[0].configMapRef, c.envFrom[0].secretRef'],
    ],
    [
      'variables of two',
      container({ envFrom: [{ configMapRef: { name: 'a' }, secretRef: { name: 'b' } }] }),
      ['expected exactly one, got both: c.envFrom[0].configMapRef, c.envFrom[0].secretRef'],
    ],
    ...[8012, 8013, 8022, 9090, 9091, 8008].map((port): [string, object, string[]] => [
      `the port ${port}`,
      container({ ports: [{ containerPort: port }] }),
      [`invalid value: ${port} is a reserved port: c.ports.containerPort`],
    ]),
    [
      'a port beyond all',
      container({ ports: [{ containerPort: 65_536 }] }),
      ['expected 0 <= 65536 <= 65535: c.ports.containerPort'],
    ],
    [
      'a port of UDP',
      container({ ports: [{ containerPort: 1, protocol: 'UDP' }] }),
      ['invalid value: UDP: c.ports.protocol'],
    ],
    [
      'two ports',
      container({ ports: [{ containerPort: 1 }, { containerPort: 2 }] }),
      ['more than one container port is set: spec.containers[*].ports'],
    ],
    [
      'an unknown policy',
      container({ terminationMessagePolicy: 'Never' }),
      ['invalid value: Never: c.terminationMessagePolicy'],
    ],
    ['tolerations', container({}, { tolerations: [{}] }), ['must not set the field(s): spec.tolerations']],
    ['a runtime class', container({}, { runtimeClassName: 'x' }), ['must not set the field(s): spec.runtimeClassName']],
    [
      'a mounted account',
      container({}, { automountServiceAccountToken: true }),
      ['must not set the field(s): spec.automountServiceAccountToken'],
    ],
    [
      'several containers where they are off',
      {
        containers: [
          { name: 'main', image: 'a/b', ports: [{ containerPort: 1 }] },
          { name: 'side', image: 'a/c' },
        ],
      },
      ['multi-container is off, but found 2 containers: '],
      { 'multi-container': 'disabled' },
    ],
    [
      'init containers',
      container({}, { initContainers: [{ image: 'a' }] }),
      [
        'must not set the field(s): spec.initContainers',
        'pod spec support for init-containers is off, but found 1 init containers: ',
      ],
    ],
  ]
  it.for(rows)('%s', ([, spec, flaws, features]) => {
    expect(said(spec, features)).toEqual(flaws)
  })
})

describe('volumes refused', () => {
  const rows: [sentence: string, spec: object, flaws: string[], features?: Record<string, string>][] = [
    [
      'not mounted',
      container({}, { volumes: [{ name: 'v', secret: {} }] }),
      ['volume with name "v" not mounted: spec.volumes[0].name'],
    ],
    [
      'a mount of none',
      container({ volumeMounts: [{ name: 'x', mountPath: '/x', readOnly: true }] }),
      ['volumeMount has no matching volume: c.volumeMounts[0].name'],
    ],
    ['without a path', mounted({ secret: {} }, { mountPath: '' }), ['missing field(s): c.volumeMounts[0].mountPath']],
    [
      'at the root',
      mounted({ secret: {} }, { mountPath: '/' }),
      ['mountPath "/" is a reserved path: c.volumeMounts[0].mountPath'],
    ],
    [
      'at /dev',
      mounted({ secret: {} }, { mountPath: '/dev/' }),
      ['mountPath "/dev" is a reserved path: c.volumeMounts[0].mountPath'],
    ],
    [
      'at a relative path',
      mounted({ secret: {} }, { mountPath: 'v' }),
      ['invalid value: v: c.volumeMounts[0].mountPath'],
    ],
    [
      'a writable Secret',
      mounted({ secret: {} }, { readOnly: false }),
      ['volume mount should be readOnly for this type of volume: c.volumeMounts[0].readOnly'],
    ],
    [
      'emptyDir where it is off',
      mounted({ emptyDir: {} }),
      [
        'EmptyDir volume support is disabled, but found EmptyDir volume v: ',
        'must not set the field(s): spec.volumes[0].emptyDir',
      ],
      { 'kubernetes.podspec-volumes-emptydir': 'disabled' },
    ],
    [
      'a name that is none',
      {
        ...container({ volumeMounts: [{ name: 'V', mountPath: '/v', readOnly: true }] }),
        volumes: [{ name: 'V', secret: {} }],
      },
      ['invalid value: V: spec.volumes[0].name'],
    ],
  ]
  it.for(rows)('%s', ([, spec, flaws, features]) => {
    expect(said(spec, features)).toEqual(flaws)
  })

  it('one name for two', () => {
    const volumes = ['v', 'v'].map(name => ({ name, secret: {} }))
    const spec = { ...mounted({}), volumes }
    expect(said(spec)).toEqual(['duplicate volume name "v": spec.volumes[1].name'])
  })

  it('one path for two', () => {
    const mounts = ['/v', '/v/'].map(mountPath => ({ name: 'v', mountPath, readOnly: true }))
    const spec = container({ volumeMounts: mounts }, { volumes: [{ name: 'v', secret: {} }] })
    expect(said(spec)).toEqual(['invalid value: "/v/" must be unique: c.volumeMounts[1].mountPath'])
  })
})
