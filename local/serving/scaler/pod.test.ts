// Pods as objects: against one observed on a cluster, and for each state of an instance.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Revision } from '../../api/serving/types.ts'
import { noCrashes } from './crash-back-off.ts'
import type { Member } from './member.ts'
import { makePod, type Pod, podAnnotations, podLabels, servingContainer } from './pod.ts'

const folder = new URL('../../../test/golden/serving/ready/', import.meta.url)
const first = <T>(file: string) => (parse(readFileSync(new URL(file, folder), 'utf8')) as { items: T[] }).items[0] as T

const revision = first<Revision>('revision.yaml')
const observed = first<Pod>('pods.yaml')
const hash = '57c7cd548'

const member = (fields: Partial<Member> = {}): Member => ({
  name: 'hello-00001-deployment-57c7cd548-jvmhx',
  state: 'ready',
  restarts: 0,
  createdAt: Date.parse('2026-11-21T08:30:58Z'),
  startedAt: Date.parse('2026-11-21T08:30:59Z'),
  readyAt: Date.parse('2026-11-21T08:31:00Z'),
  cameUp: false,
  lastFailure: undefined,
  history: noCrashes,
  instance: running,
  seat: undefined,
  restart: undefined,
  restartAt: 0,
  ...fields,
})

const running = {
  name: 'x',
  ready: Promise.resolve({ path: '/x' }),
  gone: Promise.resolve(undefined),
  stop: () => Promise.resolve(),
  kill: () => {},
}

/** A container without what only a cluster adds: its drain hook and the mounted account. */
function userContainer(pod: Pod) {
  const found = pod.spec.containers.find(one => one.name === 'user-container') as object
  const { lifecycle: _hook, volumeMounts: _mounts, ...rest } = found as { lifecycle?: object; volumeMounts?: object }
  return rest
}

const conditionsOf = ({ status }: Pod) => (status?.conditions ?? []) as { type: string; status: string }[]

describe('the pod of a ready instance is as on a cluster', () => {
  const made = makePod(revision, member(), hash)

  it('its name and labels', () => {
    expect(made.metadata).toMatchObject({
      name: observed.metadata.name,
      namespace: 'app',
      generateName: 'hello-00001-deployment-57c7cd548-',
    })
    expect(made.metadata.labels).toEqual(observed.metadata.labels)
  })

  it('its annotations: none of the autoscaler’s or the router’s', () => {
    expect(made.metadata.annotations).toEqual(observed.metadata.annotations)
  })

  it('its user-container, the environment in order', () => {
    expect(userContainer(made)).toEqual(userContainer(observed))
  })

  it('its queue-proxy: ports, and what it is told of the revision', () => {
    const queueProxy = (pod: Pod) => pod.spec.containers.find(one => one.name === 'queue-proxy')
    expect(made.spec.containers.map(one => one.name)).toEqual(observed.spec.containers.map(one => one.name))
    expect(queueProxy(made)?.ports).toEqual(queueProxy(observed)?.ports)
    expect(queueProxy(observed)?.env).toEqual(expect.arrayContaining(queueProxy(made)?.env ?? []))
  })

  it('its conditions, each True', () => {
    const types = (pod: Pod) => conditionsOf(pod).map(one => `${one.type}=${one.status}`)
    expect(types(made)).toEqual(types(observed))
  })

  it('the status of its user-container', () => {
    type Statuses = { name: string; image: string; imageID: string; ready: boolean; state: object }[]
    const status = (pod: Pod) => {
      const all = pod.status?.containerStatuses as Statuses
      const { name, image, imageID, ready, state } =
        all.find(one => one.name === 'user-container') ?? ({} as Statuses[0])
      return { name, image, imageID, ready, state }
    }
    expect(status(made)).toEqual(status(observed))
    expect(made.status?.phase).toBe(observed.status?.phase)
  })
})

describe('the state of an instance shows in its pod', () => {
  const failure = { reason: 'ExitCode3', message: 'boom\n', exitCode: 3 }
  const gone = { instance: undefined, readyAt: undefined }
  const rows: [sentence: string, fields: Partial<Member>, phase: string, container: object][] = [
    ['ready', {}, 'Running', { ready: true, started: true, restartCount: 0 }],
    ['started, not ready', { state: 'starting', readyAt: undefined }, 'Pending', { ready: false, started: false }],
    [
      'crashed and waiting',
      { ...gone, state: 'waiting', restarts: 2, lastFailure: failure },
      'Running',
      {
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'boom\n' } },
        lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'boom\n' } },
      },
    ],
    [
      'out of memory once, ready again',
      { restarts: 1, lastFailure: { reason: 'OOMKilled', message: '', exitCode: 137 } },
      'Running',
      { ready: true, restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', message: '' } } },
    ],
    ['leaving', { state: 'stopping' }, 'Running', { ready: false }],
  ]
  it.for(rows)('%s', ([, fields, phase, container]) => {
    const { status } = makePod(revision, member(fields), hash)
    expect(status?.phase).toBe(phase)
    expect(status?.containerStatuses).toMatchObject([container, { name: 'queue-proxy', restartCount: 0 }])
  })

  it('only a ready one has the condition Ready', () => {
    const ready = (fields: Partial<Member>) =>
      conditionsOf(makePod(revision, member(fields), hash)).find(one => one.type === 'Ready')?.status
    expect([ready({}), ready({ state: 'starting' }), ready({ state: 'stopping' })]).toEqual(['True', 'False', 'False'])
  })
})

describe('labels and annotations', () => {
  const meta = (labels: Record<string, string>, annotations: Record<string, string> = {}): Revision => ({
    ...revision,
    metadata: { name: 'r-1', namespace: 'n', uid: 'u', labels, annotations },
  })
  const rows: [sentence: string, labels: Record<string, string>, key: string, value: string | undefined][] = [
    ['app is the revision unless it says otherwise', {}, 'app', 'r-1'],
    ['an app of the user’s own stays', { app: 'mine' }, 'app', 'mine'],
    [
      'the canonical name is the Service',
      { 'serving.knative.dev/service': 's' },
      'service.istio.io/canonical-name',
      's',
    ],
    [
      'or the Configuration where there is none',
      { 'serving.knative.dev/configuration': 'c' },
      'service.istio.io/canonical-name',
      'c',
    ],
    ['or the revision itself', {}, 'service.istio.io/canonical-name', 'r-1'],
    [
      'the routing state is none of a pod’s',
      { 'serving.knative.dev/routingState': 'active' },
      'serving.knative.dev/routingState',
      undefined,
    ],
    ['labels of the user are handed down', { tier: 'web' }, 'tier', 'web'],
  ]
  it.for(rows)('%s', ([, labels, key, value]) => {
    expect(podLabels(meta(labels), hash)[key]).toBe(value)
  })

  it('annotations of the user are handed down, scaling and routing ones are not', () => {
    const given = {
      'example.com/x': 'y',
      'autoscaling.knative.dev/min-scale': '1',
      'serving.knative.dev/routes': 'a',
      'client.knative.dev/updateTimestamp': 'now',
    }
    expect(podAnnotations(meta({}, given))).toEqual({
      'kubectl.kubernetes.io/default-container': 'user-container',
      'example.com/x': 'y',
    })
  })
})

describe('of several containers', () => {
  const two: Revision = {
    ...revision,
    spec: {
      ...revision.spec,
      containers: [
        { name: 'side', image: 'a/side' },
        { name: 'main', image: 'a/main', ports: [{ containerPort: 9000, name: 'h2c' }] },
      ],
    },
  }

  it('the one with a port serves', () => {
    expect(servingContainer(two)?.name).toBe('main')
    expect(podAnnotations(two)['kubectl.kubernetes.io/default-container']).toBe('main')
  })

  it('only it has PORT and a port, and its own name for that', () => {
    const [side, main] = makePod(two, member(), hash).spec.containers
    expect(side?.env?.map(one => one.name)).toEqual(['K_REVISION', 'K_CONFIGURATION', 'K_SERVICE'])
    expect(main?.env?.[0]).toEqual({ name: 'PORT', value: '9000' })
    expect(side?.ports).toBeUndefined()
    expect(main?.ports).toEqual([{ name: 'h2c', containerPort: 9000, protocol: 'TCP' }])
  })
})
