import { describe, expect, it } from 'vitest'
import type { PodState, RevisionMeasures } from '../../seams/revision-measures.ts'
import type { Endpoint } from '../../seams/upstreams.ts'
import { podOfPath, targetGroups } from './targets.ts'

const endpoint = (path: string): Endpoint => ({ path, protocol: 'http1' })

function revision(namespace: string, pods: Record<string, PodState>, labels = {}): RevisionMeasures {
  return {
    ...{ namespace, revision: 'a-00001', labels, serviceAccount: 'default', metric: 'concurrency' },
    ...{ stable: 0, panic: 0, target: 1, panicking: false, excessBurstCapacity: 0, desired: 1, requested: 1 },
    ...{ queued: 0, active: 0, proxied: false },
    pods: Object.entries(pods).map(([name, state]) => ({
      ...{ name, state, startedAt: 0, readyAt: 1, endpoint: endpoint(`/run/${namespace}/${name}.sock`) },
    })),
  }
}

describe('what Prometheus is told to scrape', () => {
  it('is the runtime alone where no pod runs', () => {
    expect(targetGroups('127.0.0.1:15020', [])).toEqual([
      { targets: ['127.0.0.1:15020'], labels: { __metrics_path__: '/metrics', component: 'skiff' } },
    ])
  })

  it('is each pod too, through the runtime, with who it is', () => {
    const labels = { 'serving.knative.dev/service': 'a', app: 'shop' }
    const [, pod] = targetGroups('here', [revision('app', { 'p-1': 'ready' }, labels)])
    expect(pod).toEqual({
      targets: ['here'],
      labels: {
        ...{ __metrics_path__: '/metrics/pods/app/p-1', namespace: 'app', pod: 'p-1', container: 'user-container' },
        ...{ revision: 'a-00001', service: 'a', app: 'shop' },
      },
    })
  })

  it('are only pods that are ready', () => {
    const pods = { starting: 'starting', ready: 'ready', unready: 'unready', waiting: 'waiting', stopping: 'stopping' }
    const groups = targetGroups('here', [revision('app', pods as Record<string, PodState>)])
    expect(groups.slice(1).map(({ labels }) => labels.pod)).toEqual(['ready'])
  })

  it('has empty labels where a revision belongs to no service', () => {
    const [, pod] = targetGroups('here', [revision('app', { 'p-1': 'ready' })])
    expect(pod?.labels).toMatchObject({ service: '', app: '' })
  })
})

describe('the pod of a path', () => {
  const revisions = [revision('app', { 'p-1': 'ready' }), revision('other', { 'p-1': 'ready', 'p-2': 'starting' })]

  it.each([
    ['/metrics/pods/app/p-1', '/run/app/p-1.sock'],
    ['/metrics/pods/other/p-1', '/run/other/p-1.sock'],
    ['/metrics/pods/other/p-2', '/run/other/p-2.sock'],
  ])('%s listens at %s', (path, at) => expect(podOfPath(path, revisions)).toEqual(endpoint(at)))

  it.each([
    '/metrics',
    '/metrics/pods/',
    '/metrics/pods/app',
    '/metrics/pods/app/p-2',
    '/metrics/pods/none/p-1',
    '/sd',
  ])('%s is none', path => expect(podOfPath(path, revisions)).toBeUndefined())
})
