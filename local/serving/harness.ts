// A world of Serving's controllers for tests: the real store and queues, with instances and autoscaler at its edge.
import { autoscaling, type PodAutoscaler } from '../api/autoscaling/types.ts'
import { core } from '../api/core/types.ts'
import type { AdmissionContext } from '../api/kind.ts'
import { type Ingress, networking } from '../api/networking/types.ts'
import { Registry } from '../api/registry.ts'
import { servingKinds } from '../api/serving/kinds.ts'
import { FakeClock } from '../kernel/clock.ts'
import { settleConditions } from '../kernel/conditions.ts'
import type { Log } from '../kernel/log.ts'
import { type KubeObject, keyOf } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import { InstanceFailed, type InstanceFailure } from '../seams/instances.ts'
import { type Controllers, startControllers } from './controllers.ts'
import type { WorkloadStatus } from './workloads.ts'

export interface WorldOptions {
  publicPort?: number
  /** Answers of the image resolver by image; others resolve to a digest. */
  missingImages?: Record<string, InstanceFailure>
  /** False: the mesh has not taken any Ingress until told so. */
  meshReady?: boolean
  /** False: nobody answers for the autoscaler. */
  autoscaler?: boolean
}

export const digest = 'sha256:62f8c999e6a85e193d1bc171cd2c3add541da8d925c2aefa1f029a2496600771'

/** Serving's controllers over a store, with an autoscaler that reports every revision started unless told otherwise. */
export class World {
  readonly clock = new FakeClock(Date.parse('2026-11-21T08:30:57Z'))
  readonly store = new ObjectStore({ clock: this.clock, random: seededRandom(1) })
  readonly logged: string[] = []
  readonly #workloads = new Map<string, WorkloadStatus>()
  readonly #listeners = new Set<(namespace: string, revision: string) => void>()
  readonly #options: WorldOptions
  readonly #kinds = new Registry(servingKinds)
  readonly #controllers: Controllers
  meshReady: boolean

  constructor(options: WorldOptions = {}) {
    this.#options = options
    this.meshReady = options.meshReady ?? true
    if (options.autoscaler !== false) this.store.watch(({ type, object }) => type === 'ADDED' && this.#scale(object))
    const log: Log = (_level, message) => this.logged.push(message)
    this.#controllers = startControllers({
      store: this.store,
      clock: this.clock,
      random: seededRandom(2),
      log,
      instances: { resolve: image => this.#resolve(image) },
      workloads: {
        status: (namespace, name) =>
          this.#workloads.get(`${namespace}/${name}`) ?? { ready: 0, running: 0, failure: undefined },
        watch: listener => {
          this.#listeners.add(listener)
          return () => this.#listeners.delete(listener)
        },
      },
      programmed: (_ingress: Ingress) => this.meshReady,
      publicPort: options.publicPort ?? 80,
    })
  }

  /** What an admission would see of this world. */
  admission(before?: KubeObject): AdmissionContext {
    const data = (namespace: string, name: string) =>
      this.store.get<KubeObject & { data?: Record<string, string> }>(core.configMap, namespace, name)?.data ?? {}
    return { ...(before ? { before } : {}), user: 'admin', now: this.clock.now(), config: data }
  }

  /** Creates or replaces an object as the API would: defaulted. Then lets the controllers work. */
  async apply(object: KubeObject): Promise<void> {
    const draft = structuredClone(object)
    const before = this.store.get(keyOf(draft), draft.metadata.namespace ?? '', draft.metadata.name)
    if (before) draft.metadata.annotations = { ...before.metadata.annotations, ...draft.metadata.annotations }
    if (before?.metadata.finalizers) draft.metadata.finalizers = before.metadata.finalizers
    this.defaulted(draft, before)
    if (before) this.store.update(draft)
    else this.store.create(draft)
    await this.settled()
  }

  /** Fills in what its kind defaults; changes the draft. */
  defaulted(draft: KubeObject, before?: KubeObject): void {
    this.#kinds.of(draft)?.setDefaults?.(draft, this.admission(before))
  }

  /** Sets a ConfigMap of knative-serving. */
  async configure(name: string, data: Record<string, string>): Promise<void> {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'knative-serving' }, data }
    await this.apply(map)
  }

  async delete(object: KubeObject): Promise<void> {
    this.store.delete(keyOf(object))
    await this.settled()
  }

  settled(): Promise<void> {
    return this.#controllers.settled()
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await this.settled()
  }

  /** Says what a revision's instances are like. */
  async workload(namespace: string, name: string, status: Partial<WorkloadStatus>): Promise<void> {
    this.#workloads.set(`${namespace}/${name}`, { ready: 0, running: 0, failure: undefined, ...status })
    for (const listener of this.#listeners) listener(namespace, name)
    await this.settled()
  }

  /** Writes what the autoscaler says of a revision. */
  async autoscaler(namespace: string, name: string, status: NonNullable<PodAutoscaler['status']>): Promise<void> {
    const found = this.store.get<PodAutoscaler>(autoscaling.podAutoscaler, namespace, name)
    if (!found) throw new Error(`no PodAutoscaler ${namespace}/${name}`)
    this.store.updateStatus({ ...found, status: { ...found.status, ...status } })
    await this.settled()
  }

  get<T extends KubeObject>(kind: { group: string; kind: string }, namespace: string, name: string): T {
    const found = this.store.get<T>(kind, namespace, name)
    if (!found) throw new Error(`no ${kind.kind} ${namespace}/${name}`)
    return found
  }

  ingress(namespace: string, name: string): Ingress {
    return this.get<Ingress>(networking.ingress, namespace, name)
  }

  stop(): void {
    this.#controllers.stop()
  }

  async #resolve(image: string): Promise<string> {
    const failure = this.#options.missingImages?.[image]
    if (failure) throw new InstanceFailed(failure)
    return `${image.replace(/:[^/]*$/, '')}@${digest}`
  }

  #scale(object: KubeObject): void {
    if (object.kind !== 'PodAutoscaler') return
    const status = scaledTo(1, this.clock.now())
    this.store.updateStatus({ ...(object as PodAutoscaler), status: { ...status, serviceName: object.metadata.name } })
  }
}

const podAutoscalerSet = { happy: 'Ready', dependents: ['Active', 'SKSReady', 'ScaleTargetInitialized'] }

/** The status of an autoscaler that once reached its initial scale and now stands at `count`. */
export function scaledTo(count: number, now: number): NonNullable<PodAutoscaler['status']> {
  const message = 'The target is not receiving traffic.'
  const Active = count > 0 ? { status: 'True' as const } : { status: 'False' as const, reason: 'NoTraffic', message }
  const started = { SKSReady: { status: 'True' as const }, ScaleTargetInitialized: { status: 'True' as const } }
  const conditions = settleConditions(podAutoscalerSet, undefined, { Active, ...started }, now)
  return { actualScale: count, desiredScale: count, conditions }
}
