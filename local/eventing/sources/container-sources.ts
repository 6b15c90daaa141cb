// ContainerSources: a container that runs as long as its source stands, with the sink's address in K_SINK.
import type { PodSpec } from '../../api/core/pod-spec.ts'
import { type ContainerSource, sources } from '../../api/sources/types.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { type KindController, keyOf } from '../reconcile/controllers.ts'
import { withVariables } from './pod-template.ts'
import { refersToSink, sinkOf } from './source-status.ts'

/** What this room needs to run containers. */
export interface Containers {
  /** Starts one; returns at once. */
  start(spec: ContainerSpec): RunningContainers
}

export interface ContainerSpec {
  name: string
  namespace: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  pod: PodSpec
}

export interface RunningContainers {
  /** Resolves once they run; rejects with why they do not. */
  ready: Promise<unknown>
  /** Resolves when they are gone, with what went wrong unless they were stopped. */
  gone: Promise<{ message: string } | undefined>
  stop(): Promise<void>
}

/** Where nothing can be run. */
export const noContainers: Containers = {
  start: () => ({
    ready: Promise.reject(new Error('no containers are run here')),
    gone: new Promise(() => {}),
    stop: async () => {},
  }),
}

export interface ContainerSourceOptions {
  store: ObjectStore
  clock: Clock
  containers: Containers
  /** Looks at a source again: its container came or went. */
  again(key: string): void
}

const firstWaitMs = 1_000
const longestWaitMs = 300_000
const set = { happy: 'Ready', dependents: ['ReceiveAdapterReady', 'SinkBindingReady'] }

interface Adapter {
  /** What it was started from. */
  wanted: string
  state: Finding
  running: RunningContainers | undefined
  timer: Timer | undefined
  crashes: number
}

export function containerSourceController(options: ContainerSourceOptions): KindController<ContainerSource> {
  const { store, clock } = options
  const adapters = new Map<string, Adapter>()
  const stop = (key: string): Promise<void> => {
    const adapter = adapters.get(key)
    adapters.delete(key)
    adapter?.timer?.cancel()
    return adapter?.running?.stop() ?? Promise.resolve()
  }
  return {
    kind: sources.container,
    reconcile(source) {
      const key = keyOf(source)
      const sink = sinkOf(store, source)
      if ('error' in sink) {
        void stop(key)
        const missing: Finding = { status: 'False', reason: 'NotFound', message: sink.error }
        store.updateStatus({
          ...source,
          status: statusOf(source, { SinkBindingReady: missing }, undefined, clock.now()),
        })
        return
      }
      const spec = containerSpec(source, sink.url)
      const wanted = JSON.stringify(spec)
      if (adapters.get(key)?.wanted !== wanted) {
        void stop(key)
        const adapter: Adapter = {
          wanted,
          state: starting(spec.name),
          running: undefined,
          timer: undefined,
          crashes: 0,
        }
        adapters.set(key, adapter)
        run(options, adapter, key, spec)
      }
      const found = { SinkBindingReady: ready, ReceiveAdapterReady: adapters.get(key)?.state ?? starting(spec.name) }
      store.updateStatus({ ...source, status: statusOf(source, found, sink.url, clock.now()) })
    },
    gone: key => void stop(key),
    concerns: refersToSink,
    stop: () => Promise.all([...adapters.keys()].map(stop)).then(() => {}),
  }
}

/** Starts the container, and again whenever it ends by itself, with longer and longer pauses. */
function run(options: ContainerSourceOptions, adapter: Adapter, key: string, spec: ContainerSpec): void {
  const note = (state: Finding) => {
    adapter.state = state
    options.again(key)
  }
  const running = options.containers.start(spec)
  adapter.running = running
  running.ready.then(
    () => note(ready),
    error => note(unavailable(messageOf(error))),
  )
  void running.gone.then(failure => {
    // Another one runs in its place by now, or nothing should.
    if (adapter.running !== running || !failure) return
    note(unavailable(failure.message))
    const wait = Math.min(firstWaitMs * 2 ** adapter.crashes++, longestWaitMs)
    adapter.timer = options.clock.after(wait, () => run(options, adapter, key, spec))
  })
}

const ready: Finding = { status: 'True' }

function starting(name: string): Finding {
  return { status: 'Unknown', reason: 'DeploymentUnavailable', message: `The Deployment '${name}' is unavailable.` }
}

const unavailable = (message: string): Finding => ({ status: 'False', reason: 'MinimumReplicasUnavailable', message })

function containerSpec({ metadata, spec }: ContainerSource, url: string): ContainerSpec {
  const { name, namespace = '' } = metadata
  const { metadata: { labels = {}, annotations = {} } = {}, spec: pod } = spec.template
  const variables = [
    { name: 'K_SINK', value: url },
    { name: 'K_CE_OVERRIDES', value: spec.ceOverrides ? JSON.stringify(spec.ceOverrides) : '' },
  ]
  const own = {
    'sources.knative.dev/containerSource': name,
    'sources.knative.dev/source': 'container-source-controller',
  }
  return {
    ...{ name: `${name}-deployment`, namespace, annotations },
    labels: { ...labels, ...own },
    pod: withVariables(pod, variables),
  }
}

function statusOf(
  source: ContainerSource,
  found: Record<string, Finding>,
  sinkUri: string | undefined,
  now: number,
): NonNullable<ContainerSource['status']> {
  return {
    conditions: settleConditions(set, source.status?.conditions, found, now),
    observedGeneration: source.metadata.generation ?? 1,
    ...(sinkUri ? { sinkUri } : {}),
  }
}
