// Deployments as clients see revisions through them.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Deployment } from '../../api/apps/types.ts'
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import type { Pod } from '../../api/core/types.ts'
import type { Revision } from '../../api/serving/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { deployments, makeDeployment } from './deployment.ts'

const folder = new URL('../../../test/golden/serving/ready/', import.meta.url)
const first = <T>(file: string) => (parse(readFileSync(new URL(file, folder), 'utf8')) as { items: T[] }).items[0] as T

const revision = first<Revision>('revision.yaml')
const autoscaler = (desiredScale?: number, resourceVersion = '1') =>
  ({ metadata: { resourceVersion }, status: { desiredScale } }) as PodAutoscaler
const pod = (ready: boolean, resourceVersion = '1') =>
  ({
    metadata: { resourceVersion },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as Pod

describe('the deployment of a revision', () => {
  const made = makeDeployment(revision, autoscaler(1), [pod(true)])

  it('is named, owned and labelled as on a cluster', () => {
    expect(made.metadata).toMatchObject({
      ...{ name: 'hello-00001-deployment', namespace: 'app' },
      ownerReferences: [{ kind: 'Revision', name: 'hello-00001', controller: true }],
      labels: { app: 'hello-00001', 'serving.knative.dev/service': 'hello' },
    })
    expect(made.metadata.uid).not.toBe(revision.metadata.uid)
    expect(made.metadata.labels).not.toHaveProperty('pod-template-hash')
  })

  it('selects its pods by the revision’s uid, and shows what they are made of', () => {
    expect(made.spec.selector.matchLabels).toEqual({ 'serving.knative.dev/revisionUID': revision.metadata.uid })
    expect(made.spec.template.spec.containers[0]).toMatchObject({ name: 'user-container' })
  })

  it.each<[string, number | undefined, boolean[], object]>([
    ['one ready', 1, [true], { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 }],
    ['one of two ready', 2, [true, false], { replicas: 2, readyReplicas: 1, unavailableReplicas: 1 }],
    ['none started yet', 1, [], { unavailableReplicas: 1 }],
    ['scaled to zero', 0, [], { observedGeneration: 1 }],
    ['before the first decision', -1, [true], { replicas: 1, readyReplicas: 1 }],
    ['without an autoscaler', undefined, [false], { replicas: 1, unavailableReplicas: 1 }],
  ])('counts its pods: %s', (_, desired, pods, status) => {
    const shown = makeDeployment(
      revision,
      desired === undefined ? undefined : autoscaler(desired),
      pods.map(one => pod(one)),
    )
    expect(shown.status).toMatchObject(status)
    expect(shown.spec.replicas).toBe(desired === undefined || desired < 0 ? pods.length : desired)
    const complete = !('unavailableReplicas' in status)
    expect(shown.status.conditions?.find(one => one.type === 'Available')?.status).toBe(complete ? 'True' : 'False')
  })

  it('has come to its deadline when the revision cannot run', () => {
    const conditions = [{ type: 'ResourcesAvailable', status: 'False' as const, reason: 'ProgressDeadlineExceeded' }]
    const { status } = makeDeployment({ ...revision, status: { conditions } }, undefined, [])
    expect(status.conditions?.find(one => one.type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    })
  })

  it('has the newest version of what it follows from', () => {
    expect(makeDeployment(revision, autoscaler(1, '900000'), [pod(true, '800000')]).metadata.resourceVersion).toBe(
      '900000',
    )
  })
})

it('there is one for each stored revision, with its own pods', () => {
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  const names = ['a-00001', 'b-00001']
  const stored = names.map(name => store.create({ ...revision, metadata: { name, namespace: 'app' } } as Revision))
  const labels = { 'serving.knative.dev/revisionUID': stored[1]?.metadata.uid ?? '' }
  store.create({
    ...pod(true),
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'app', labels },
  } as KubeObject)
  const { from, objects } = deployments(store)
  const shown = objects() as Deployment[]
  expect(shown.map(one => `${one.metadata.name} ${one.status.replicas ?? 0}`)).toEqual([
    'a-00001-deployment 0',
    'b-00001-deployment 1',
  ])
  expect(from.map(({ kind }) => kind)).toEqual(['Revision', 'Pod', 'PodAutoscaler'])
})
