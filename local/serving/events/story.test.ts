// What Events tell of changes: in Knative's and the kubelet's words, and nothing of what is no news.
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { tellings } from './story.ts'

const meta = (name: string, more: object = {}) => ({ name, namespace: 'n', uid: `uid-${name}`, ...more })
const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [
    {
      apiVersion: 'serving.knative.dev/v1',
      kind,
      name,
      uid: `uid-${name}`,
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
})

function knative(kind: string, name: string, ready?: string, more: object = {}, reason = '', message = ''): KubeObject {
  const conditions = ready ? [{ type: 'Ready', status: ready, ...(reason ? { reason, message } : {}) }] : []
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind,
    metadata: meta(name),
    status: { conditions, ...more },
  } as KubeObject
}

function pod(status: object): KubeObject {
  const labels = { 'serving.knative.dev/revision': 'r' }
  const containerStatuses = [{ name: 'main', restartCount: 0, ...status }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: meta('p', { labels }), status: { containerStatuses } } as KubeObject
}

const scaled = (desiredScale: number) =>
  ({
    ...{ apiVersion: 'autoscaling.internal.knative.dev/v1alpha1', kind: 'PodAutoscaler', metadata: meta('r') },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'r-deployment' } },
    status: { desiredScale },
  }) as KubeObject

/** `Normal Created Service/s: Created Route "s"`. */
function told(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject, before?: KubeObject): string[] {
  return tellings({ type, object, ...(before ? { before } : {}) }).map(
    one => `${one.type} ${one.reason} ${one.about.kind}/${one.about.name}: ${one.message}`,
  )
}

describe('something made', () => {
  it.each([
    ['Configuration', 'serving.knative.dev/v1', 'Service', 'Created Configuration "made"'],
    ['Route', 'serving.knative.dev/v1', 'Service', 'Created Route "made"'],
    ['Revision', 'serving.knative.dev/v1', 'Configuration', 'Created Revision "made"'],
    ['Ingress', 'networking.internal.knative.dev/v1alpha1', 'Route', 'Created Ingress "made"'],
    ['Service', 'v1', 'Route', 'Created placeholder service "made"'],
  ])('a %s of %s is told of its %s', (kind, apiVersion, owner, message) => {
    const object: KubeObject = { apiVersion, kind, metadata: meta('made', ownedBy(owner, 'o')) }
    expect(told('ADDED', object)).toEqual([`Normal Created ${owner}/o: ${message}`])
    expect(told('DELETED', object)).toEqual([])
  })

  it('by a user is no news', () => {
    expect(told('ADDED', { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('c') })).toEqual([])
    expect(told('ADDED', knative('Service', 's'))).toEqual([])
  })
})

describe('readiness', () => {
  it.each([
    ['Revision', 'RevisionReady', 'Revision becomes ready upon all resources being ready'],
    ['Configuration', 'ConfigurationReady', 'Configuration becomes ready'],
    ['Service', 'ServiceReady', 'Service becomes ready'],
    ['Route', 'RouteReady', 'Route becomes ready'],
  ])('of a %s is told once', (kind, reason, message) => {
    const [before, after] = [knative(kind, 'x', 'Unknown'), knative(kind, 'x', 'True')]
    expect(told('MODIFIED', after, before)).toEqual([`Normal ${reason} ${kind}/x: ${message}`])
    expect(told('MODIFIED', after, after)).toEqual([])
    expect(told('DELETED', after, before)).toEqual([])
  })

  it('that is lost is a warning with its reason', () => {
    const failed = knative('Revision', 'r', 'False', {}, 'ExitCode3', 'Container failed with: boom')
    const wanted = ['Warning ExitCode3 Revision/r: Container failed with: boom']
    expect(told('MODIFIED', failed, knative('Revision', 'r', 'True'))).toEqual(wanted)
  })

  it('of a later revision is told of its Configuration', () => {
    const before = knative('Configuration', 'c', 'True', { latestReadyRevisionName: 'c-1' })
    const after = knative('Configuration', 'c', 'True', { latestReadyRevisionName: 'c-2' })
    expect(told('MODIFIED', after, before)).toEqual([
      'Normal LatestReadyUpdate Configuration/c: LatestReadyRevisionName updated to "c-2"',
    ])
  })
})

describe('scale', () => {
  it.each([
    [0, 1, 'Scaled up replica set r-deployment from 0 to 1'],
    [3, 0, 'Scaled down replica set r-deployment from 3 to 0'],
    [-1, 2, 'Scaled up replica set r-deployment from 0 to 2'],
  ])('from %i to %i is told of the deployment', (from, to, message) => {
    expect(told('MODIFIED', scaled(to), scaled(from))).toEqual([
      `Normal ScalingReplicaSet Deployment/r-deployment: ${message}`,
    ])
  })

  it('that stays is no news', () => {
    expect(told('MODIFIED', scaled(2), scaled(2))).toEqual([])
    expect(told('MODIFIED', scaled(0), scaled(-1))).toEqual([])
  })
})

describe('a pod', () => {
  const running = { state: { running: { startedAt: '' } } }
  const backOff = { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }
  const oom = { restartCount: 1, ...running, lastState: { terminated: { reason: 'OOMKilled' } } }
  const started = ['Normal Created Pod/p: Created container: main', 'Normal Started Pod/p: Started container main']

  const rows: [sentence: string, object: KubeObject, before: KubeObject | undefined, wanted: string[]][] = [
    ['that starts', pod(running), pod({}), started],
    ['that goes on running', pod(running), pod(running), []],
    ['that starts again', pod({ ...running, restartCount: 1 }), pod(running), started],
    [
      'whose container is killed for its memory',
      pod(oom),
      pod(running),
      ['Warning OOMKilling Pod/p: Memory limit exceeded: container main was killed', ...started],
    ],
    ['that was killed for its memory long ago', pod(oom), pod(oom), []],
    [
      'that backs off',
      pod(backOff),
      pod({ ...running, restartCount: 1 }),
      ['Warning BackOff Pod/p: Back-off restarting failed container main in pod p_n(uid-p)'],
    ],
    ['that goes on backing off', pod(backOff), pod(backOff), []],
  ]
  it.for(rows)('%s', ([, object, before, wanted]) => {
    expect(told(before ? 'MODIFIED' : 'ADDED', object, before)).toEqual(wanted)
  })

  it('that goes is told with its containers, unless it is no revision', () => {
    expect(told('DELETED', pod(running))).toEqual(['Normal Killing Pod/p: Stopping container main'])
    const foreign = pod(running)
    foreign.metadata.labels = {}
    expect(told('DELETED', foreign)).toEqual([])
  })
})
