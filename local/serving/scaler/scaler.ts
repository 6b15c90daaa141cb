// Entry of the room's data side: places for requests, instances for places, and the objects that show them.
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { type Revision, serving } from '../../api/serving/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { equal } from '../../kernel/equal.ts'
import type { Log } from '../../kernel/log.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import type { ObjectStore, StoreEvent } from '../../kernel/object-store.ts'
import type { Random } from '../../kernel/random.ts'
import type { Instances } from '../../seams/instances.ts'
import type { PodMeasures, RevisionMeasures, WorkloadIdentity } from '../../seams/revision-measures.ts'
import type { Endpoint, Lease, PendingLease, RevisionTarget } from '../../seams/upstreams.ts'
import { probe as connectProbe } from '../activator/probe.ts'
import { revisionNotFound } from '../activator/refusals.ts'
import { scalingSpec } from '../autoscaler/spec.ts'
import type { Workloads } from '../workloads.ts'
import { Forecast } from './forecast.ts'
import { podMeasures } from './measures.ts'
import { podKind } from './pod.ts'
import { Publisher } from './publisher.ts'
import { RevisionScaler } from './revision-scaler.ts'
import { Settings } from './settings.ts'

export interface ScalingOptions {
  store: ObjectStore
  clock: Clock
  random: Random
  log: Log
  instances: Instances
  /** Data of config-autoscaler. */
  config(): Record<string, string>
  /** What earlier runs learned of chains; an empty one by default. */
  forecast?: Forecast
  /** Whether an endpoint takes connections; a real connection by default. */
  probe?(endpoint: Endpoint): Promise<boolean>
}

export interface Scaling {
  upstreams: { lease(target: RevisionTarget): Lease | PendingLease }
  workloads: Workloads
  /** What was learned of chains, to be kept as JSON. */
  forecast: Forecast
  /** How every revision stands at this moment. */
  measures(): RevisionMeasures[]
  /** The same of one pod. */
  /** Cheap: asked for every request. Undefined when there is no such revision. */
  identity(namespace: string, revision: string): WorkloadIdentity | undefined
  pod(name: string): PodMeasures | undefined
  /** Stops all instances gracefully. */
  stop(): Promise<void>
}

/** Scales every revision of the store, from now on. */
export function createScaling(options: ScalingOptions): Scaling {
  const scaling = new ScalingRoom(options)
  return {
    upstreams: { lease: target => scaling.lease(target) },
    workloads: scaling,
    forecast: scaling.forecast,
    measures: () => scaling.measures(),
    identity: (namespace, revision) => scaling.identity(namespace, revision),
    pod: name => scaling.pod(name),
    stop: () => scaling.stop(),
  }
}

class ScalingRoom implements Workloads {
  readonly forecast: Forecast
  readonly #options: ScalingOptions
  readonly #publisher: Publisher
  readonly #scalers = new Map<string, RevisionScaler>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #listeners = new Set<(namespace: string, revision: string) => void>()
  readonly #unwatch: () => void
  readonly #settings: Settings

  constructor(options: ScalingOptions) {
    this.#options = options
    this.forecast = options.forecast ?? new Forecast()
    this.#publisher = new Publisher({ ...options, published: scaler => this.#tell(scaler) })
    this.#settings = new Settings(options)
    this.#dropOldPods()
    for (const revision of options.store.list<Revision>(serving.revision)) this.#revisionChanged(revision)
    this.#unwatch = options.store.watch(event => this.#observe(event))
  }

  lease(target: RevisionTarget): Lease | PendingLease {
    const key = `${target.namespace}/${target.revision}`
    const scaler = this.#scalers.get(key)
    if (!scaler) throw revisionNotFound(target)
    if (target.background) return scaler.lease()
    this.forecast.asked(key, this.#options.clock.now())
    const asleep = scaler.fleet.size === 0
    const lease = scaler.lease()
    // Those that will likely be asked for next start once this one is on its way.
    if (asleep && scaler.fleet.size > 0) this.#options.clock.after(0, () => this.#wakeFollowers(key))
    return lease
  }

  measures(): RevisionMeasures[] {
    return Array.from(this.#scalers.values(), scaler => scaler.measures)
  }

  identity(namespace: string, revision: string): WorkloadIdentity | undefined {
    return this.#scalers.get(`${namespace}/${revision}`)?.identity
  }

  pod(name: string): PodMeasures | undefined {
    for (const { revision, fleet } of this.#scalers.values()) {
      const member = name.startsWith(revision.metadata.name) ? fleet.members.find(one => one.name === name) : undefined
      if (member) return podMeasures(member)
    }
    return undefined
  }

  status(namespace: string, revision: string): ReturnType<Workloads['status']> {
    const scaler = this.#scalers.get(`${namespace}/${revision}`)
    if (!scaler) return { ready: 0, running: 0, failure: undefined }
    const { ready, running, failure } = scaler.fleet
    const { direct = false, activators = 0 } = scaler.scale ?? {}
    return { ready, running, failure, direct, activators }
  }

  watch(listener: (namespace: string, revision: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#unwatch()
    for (const key of [...this.#scalers.keys()]) this.#remove(key)
    await Promise.all(this.#leaving)
  }

  #observe({ type, object }: StoreEvent): void {
    const group = groupOf(object.apiVersion)
    const key = keyIn(object)
    if (group === serving.revision.group && object.kind === serving.revision.kind) {
      if (type === 'DELETED') this.#remove(key)
      else this.#revisionChanged(object as Revision)
    } else if (group === autoscaling.podAutoscaler.group && object.kind === autoscaling.podAutoscaler.kind) {
      const scaler = this.#scalers.get(key)
      if (scaler && type !== 'DELETED') this.#autoscalerChanged(scaler, object as PodAutoscaler)
    } else if (group === '' && object.kind === 'Pod' && type === 'DELETED') {
      this.#podDeleted(object)
    } else if (group === '' && object.kind === 'ConfigMap' && object.metadata.namespace === 'knative-serving') {
      this.#configChanged(object.metadata.name)
    }
  }

  #revisionChanged(revision: Revision): void {
    const key = keyIn(revision)
    const { name, namespace = '' } = revision.metadata
    const scaler = this.#scalers.get(key) ?? this.#add(key, revision)
    const autoscaler = this.#options.store.get<PodAutoscaler>(autoscaling.podAutoscaler, namespace, name)
    scaler.update(revision, autoscaler)
  }

  // Its own status is written by this room: only what others change counts.
  #autoscalerChanged(scaler: RevisionScaler, autoscaler: PodAutoscaler): void {
    const before = scaler.autoscaler
    const same =
      before?.metadata.generation === autoscaler.metadata.generation &&
      equal(before?.metadata.annotations, autoscaler.metadata.annotations)
    if (!same) scaler.update(scaler.revision, autoscaler)
  }

  #add(key: string, revision: Revision): RevisionScaler {
    const { clock, random, instances, probe = connectProbe } = this.#options
    const scaler: RevisionScaler = new RevisionScaler(revision, {
      clock,
      random,
      instances,
      probe,
      specOf: autoscaler => scalingSpec(autoscaler, this.#settings.autoscaler, this.#settings.progressDeadlineMs),
      changed: () => this.#publisher.schedule(scaler),
    })
    this.#scalers.set(key, scaler)
    return scaler
  }

  #tell(scaler: RevisionScaler): void {
    const { name, namespace = '' } = scaler.revision.metadata
    for (const listener of this.#listeners) listener(namespace, name)
  }

  #wakeFollowers(key: string): void {
    const expected = this.forecast.woken(key, this.#options.clock.now())
    if (expected.length === 0) return
    this.#options.instances.expect?.(expected.length)
    for (const other of expected) this.#scalers.get(other)?.wakeAhead()
  }

  #remove(key: string): void {
    const scaler = this.#scalers.get(key)
    if (!scaler) return
    this.#scalers.delete(key)
    this.#publisher.remove(scaler)
    const leaving = scaler.dispose().finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  #podDeleted(pod: KubeObject): void {
    const revision = pod.metadata.labels?.['serving.knative.dev/revision']
    const scaler = this.#scalers.get(`${pod.metadata.namespace ?? ''}/${revision}`)
    if (scaler && this.#publisher.isOurs(scaler, pod.metadata.name)) scaler.fleet.dismiss(pod.metadata.name)
  }

  #configChanged(name: string): void {
    if (!this.#settings.changed(name)) return
    for (const scaler of this.#scalers.values()) scaler.update(scaler.revision, scaler.autoscaler)
  }

  // Pods of an earlier run: their processes ended with it.
  #dropOldPods(): void {
    const { store } = this.#options
    for (const { metadata } of store.list(podKind)) {
      if (!metadata.labels?.['serving.knative.dev/revision']) continue
      store.delete({ ...podKind, namespace: metadata.namespace ?? '', name: metadata.name })
    }
  }
}

const keyIn = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`
