// Writes what the scalers know into objects: the PodAutoscaler's status and one Pod an instance, off the request's path.
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { equal } from '../../kernel/equal.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { autoscalerStatus } from './autoscaler-status.ts'
import { makePod, type Pod, podKind } from './pod.ts'
import type { RevisionScaler } from './revision-scaler.ts'

export interface PublisherOptions {
  store: ObjectStore
  clock: Clock
  log: Log
  /** Called after the objects of a scaler were written. */
  published(scaler: RevisionScaler): void
}

// Long enough for a cold start from the pool to be answered first, short enough for a person who watches.
const delayMs = 20

export class Publisher {
  readonly #options: PublisherOptions
  readonly #due = new Map<RevisionScaler, Timer>()
  readonly #removed = new WeakSet<RevisionScaler>()
  readonly #pods = new Map<RevisionScaler, Set<string>>()

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Writes soon; changes until then are written together. */
  schedule(scaler: RevisionScaler): void {
    if (this.#removed.has(scaler) || this.#due.has(scaler)) return
    this.#due.set(
      scaler,
      this.#options.clock.after(delayMs, () => this.publish(scaler)),
    )
  }

  /** Writes now. */
  publish(scaler: RevisionScaler): void {
    this.#due.get(scaler)?.cancel()
    this.#due.delete(scaler)
    try {
      this.#publishPods(scaler)
      this.#publishStatus(scaler)
    } catch (error) {
      this.#options.log('warn', `revision ${scaler.revision.metadata.name}: ${messageOf(error)}`)
    }
    this.#options.published(scaler)
  }

  /** True when that pod is one of ours that still should exist: somebody else deleted it. */
  isOurs(scaler: RevisionScaler, pod: string): boolean {
    return this.#pods.get(scaler)?.delete(pod) ?? false
  }

  /** Forgets a scaler, and its pods with it. */
  remove(scaler: RevisionScaler): void {
    this.#removed.add(scaler)
    this.#due.get(scaler)?.cancel()
    this.#due.delete(scaler)
    for (const name of this.#pods.get(scaler) ?? []) this.#deletePod(scaler, name)
    this.#pods.delete(scaler)
  }

  #publishPods(scaler: RevisionScaler): void {
    const known = this.#pods.get(scaler) ?? new Set<string>()
    this.#pods.set(scaler, known)
    const members = new Map(scaler.fleet.members.map(member => [member.name, member]))
    for (const name of known) if (!members.has(name)) this.#deletePod(scaler, name)
    for (const member of members.values()) {
      const pod = makePod(scaler.revision, member, scaler.hash)
      // A pod that somebody deleted does not come back while its instance drains.
      if (known.has(member.name)) this.#updatePod(pod)
      else if (member.state !== 'stopping') {
        known.add(member.name)
        this.#options.store.create(pod)
      }
    }
  }

  #updatePod(pod: Pod): void {
    const stored = this.#options.store.get<Pod>(podKind, pod.metadata.namespace ?? '', pod.metadata.name)
    if (!stored || equal(stored.status, pod.status)) return
    this.#options.store.updateStatus({ ...stored, ...(pod.status ? { status: pod.status } : {}) })
  }

  #deletePod(scaler: RevisionScaler, name: string): void {
    this.#pods.get(scaler)?.delete(name)
    const namespace = scaler.revision.metadata.namespace ?? ''
    if (this.#options.store.get(podKind, namespace, name)) this.#options.store.delete({ ...podKind, namespace, name })
  }

  #publishStatus(scaler: RevisionScaler): void {
    const { store, clock } = this.#options
    const { name, namespace = '' } = scaler.revision.metadata
    const autoscaler = store.get<PodAutoscaler>(autoscaling.podAutoscaler, namespace, name)
    const scale = scaler.scale
    if (!autoscaler || !scale) return
    const status = autoscalerStatus(autoscaler, scale, clock.now())
    store.updateStatus({ ...autoscaler, ...(status ? { status } : {}) })
  }
}
