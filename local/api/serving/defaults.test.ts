// What defaulting fills in, and that nothing a user may send makes it or validation fall over.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../../kernel/object.ts'
import { judge } from '../admission.ts'
import { networkingKinds } from '../networking/kinds.ts'
import { servingKinds } from './kinds.ts'
import { revision } from './revision/kind.ts'
import { service } from './service/kind.ts'

const context = { user: 'admin', now: 0, config: () => ({}) }

function defaulted(spec: string): Record<string, unknown> {
  const metadata = { name: 'r', namespace: 'n' }
  const object = { apiVersion: 'serving.knative.dev/v1', kind: 'Revision', metadata, spec: parse(spec) }
  return (judge(revision, object, context).object as KubeObject & { spec: Record<string, unknown> }).spec
}

describe('a revision', () => {
  it('gets timeouts, concurrency, a container name and a probe of its port', () => {
    expect(defaulted('{ containers: [{ image: a/b }] }')).toEqual({
      containerConcurrency: 0,
      containers: [
        {
          image: 'a/b',
          name: 'user-container',
          readinessProbe: { successThreshold: 1, tcpSocket: { port: 0 } },
          resources: {},
        },
      ],
      enableServiceLinks: false,
      timeoutSeconds: 300,
    })
  })

  it('with several containers names them apart, and probes the one with a port alone', () => {
    const text =
      '{ containers: [{ image: a/b, ports: [{ containerPort: 1 }] }, { image: a/c }, { image: a/d, name: user-container-1 }] }'
    const { containers } = defaulted(text) as { containers: { name: string; readinessProbe?: unknown }[] }
    expect(containers.map(one => one.name)).toEqual(['user-container-0', 'user-container-2', 'user-container-1'])
    expect(containers.map(one => Boolean(one.readinessProbe))).toEqual([true, false, false])
  })

  const probes: [sentence: string, given: string, wanted: object][] = [
    [
      'a period brings Kubernetes’ own counts',
      '{ periodSeconds: 5, httpGet: { path: /healthz } }',
      { failureThreshold: 3, timeoutSeconds: 1, successThreshold: 1, httpGet: { path: '/healthz', port: 0 } },
    ],
    ['a gRPC probe asks for the whole server', '{ grpc: { port: 1 } }', { grpc: { port: 1, service: '' } }],
    [
      'delays alone keep the TCP probe',
      '{ initialDelaySeconds: 2 }',
      { tcpSocket: { port: 0 }, initialDelaySeconds: 2 },
    ],
  ]
  it.for(probes)('%s', ([, given, wanted]) => {
    const { containers } = defaulted(`{ containers: [{ image: a/b, readinessProbe: ${given} }] }`) as {
      containers: { readinessProbe: object }[]
    }
    expect(containers[0]?.readinessProbe).toMatchObject(wanted)
  })

  it('mounts what is not its own for reading only', () => {
    const volumes = 'volumes: [{ name: own, emptyDir: {} }, { name: theirs, secret: { secretName: s } }]'
    const mounts = 'volumeMounts: [{ name: own, mountPath: /a }, { name: theirs, mountPath: /b }]'
    const spec = defaulted(`{ containers: [{ image: a/b, ${mounts} }], ${volumes} }`) as {
      containers: { volumeMounts: { readOnly?: boolean }[] }[]
    }
    expect(spec.containers[0]?.volumeMounts.map(one => one.readOnly)).toEqual([undefined, true])
  })
})

describe('who did it', () => {
  const object = (image: string): KubeObject =>
    parse(
      `{ apiVersion: serving.knative.dev/v1, kind: Service, metadata: { name: s, namespace: n }, spec: { template: { spec: { enableServiceLinks: false, containers: [{ image: ${image} }] } } } }`,
    )
  const by = (user: string, image: string, before?: KubeObject) => {
    const draft = {
      ...object(image),
      metadata: { ...object(image).metadata, annotations: { ...before?.metadata.annotations } },
    }
    return judge(service, draft, { ...context, user, ...(before ? { before } : {}) }).object
  }
  const names = (one: KubeObject) => Object.values(one.metadata.annotations ?? {})

  it('creator stays, lastModifier follows changes of the spec', () => {
    const made = by('ann', 'a/b')
    expect(names(made)).toEqual(['ann', 'ann'])
    expect(names(by('bob', 'a/b', made))).toEqual(['ann', 'ann'])
    expect(names(by('bob', 'a/c', made))).toEqual(['ann', 'bob'])
  })
})

it('no shape of a spec makes admission throw', () => {
  const container =
    '{ image: a/b, env: [{}], envFrom: [{}], ports: [{}], readinessProbe: {}, livenessProbe: { httpGet: {} }, volumeMounts: [{}] }'
  const specs = [
    ...[
      'null',
      '{}',
      '[]',
      '1',
      '{ template: null }',
      '{ template: { spec: null } }',
      '{ template: { spec: { containers: null } } }',
    ],
    ...[
      '{ template: { spec: { containers: [null] } } }',
      '{ template: { spec: { containers: [{}] } } }',
      '{ traffic: [null] }',
    ],
    ...[
      `{ template: { spec: { containers: [${container}], volumes: [{}], initContainers: [{}] } } }`,
      '{ ref: null }',
      '{ ref: {} }',
    ],
    ...['{ containers: [null] }', '{ containers: null }', '{ traffic: [{}], template: {} }'],
  ]
  for (const kind of [...servingKinds, ...networkingKinds]) {
    for (const spec of specs) {
      const apiVersion = `${kind.group}/${kind.versions[0]}`
      const metadata = { name: 'x', ...(kind.namespaced ? { namespace: 'n' } : {}) }
      const object = { apiVersion, kind: kind.kind, metadata, spec: parse(spec) as unknown }
      expect(() => judge(kind, object, context), `${kind.kind} ${spec}`).not.toThrow()
      expect(() => judge(kind, object, { ...context, before: object }), `${kind.kind} ${spec}`).not.toThrow()
    }
  }
})
