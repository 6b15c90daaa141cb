// One revision: its requests, its instances, and the decisions that keep the one in line with the other.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import type { Revision } from '../../api/serving/types.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { isTrue } from '../../kernel/conditions.ts'
import { equal } from '../../kernel/equal.ts'
import type { Random } from '../../kernel/random.ts'
import type { Instances } from '../../seams/instances.ts'
import type { RevisionMeasures, WorkloadIdentity } from '../../seams/revision-measures.ts'
import { type Endpoint, isPending, type Lease, type PendingLease, type Refusal } from '../../seams/upstreams.ts'
import { Pool } from '../activator/pool.ts'
import { neverReady } from '../activator/refusals.ts'
import { type Activity, activeThreshold, nextActivity, planScale, startingScale } from '../autoscaler/activity.ts'
import { activatorsFor } from '../autoscaler/decide.ts'
import type { ScalingSpec } from '../autoscaler/spec.ts'
import type { Scale } from './autoscaler-status.ts'
import { Demand } from './demand.ts'
import { Fleet } from './fleet.ts'
import { podMeasures } from './measures.ts'
import { podName, templateHash } from './names.ts'
import { podLabels } from './pod.ts'
import { instanceSpec, isResolved, limitsOf, protocolOf, unhealthy } from './revision-spec.ts'

export interface RevisionScalerOptions {
  clock: Clock
  random: Random
  instances: Instances
  probe(endpoint: Endpoint): Promise<boolean>
  /** The spec of a PodAutoscaler under the present configuration. */
  specOf(autoscaler: PodAutoscaler): ScalingSpec
  /** Something that shows in objects changed. */
  changed(): void
}

const neverActivated = { reason: 'TimedOut', message: 'The target could not be activated.' }

export class RevisionScaler {
  readonly fleet: Fleet
  readonly pool: Pool
  readonly hash: string
  readonly #options: RevisionScalerOptions
  readonly #demand: Demand
  #revision: Revision
  #identity: WorkloadIdentity | undefined
  #autoscaler: PodAutoscaler | undefined
  #spec: ScalingSpec | undefined
  #want = -1
  #activity: Activity
  #initialized = false
  #proxiedSince: number | undefined
  #begun = false
  #disposed = false
  #scheduled = false
  #ticker: Timer | undefined
  #again: Timer | undefined

  constructor(revision: Revision, options: RevisionScalerOptions) {
    const now = options.clock.now()
    const { clock, random } = options
    this.#options = options
    this.#revision = revision
    this.#demand = new Demand(now)
    this.#activity = { status: 'Unknown', timedOut: false, since: now }
    // Until its first decision the activator alone answers for a revision, from its creation on.
    this.#proxiedSince = Date.parse(revision.metadata.creationTimestamp ?? '') || now
    this.hash = templateHash(revision.spec)
    this.pool = new Pool({
      clock,
      random,
      meter: this.#demand.meter,
      limits: limitsOf(revision),
      containerConcurrency: revision.spec.containerConcurrency ?? 0,
      onFailed: seat => this.fleet.suspect(seat),
    })
    this.fleet = new Fleet({
      clock,
      pool: this.pool,
      protocol: protocolOf(revision),
      drainMs: limitsOf(revision).timeoutMs,
      newName: () => podName(revision.metadata.name, this.hash, random),
      start: name => options.instances.start(instanceSpec(this.#revision, name, this.hash)),
      probe: options.probe,
      changed: () => this.#instancesChanged(),
    })
  }

  get revision(): Revision {
    return this.#revision
  }

  get autoscaler(): PodAutoscaler | undefined {
    return this.#autoscaler
  }

  /** What the PodAutoscaler's status says; undefined until the revision can start. */
  get scale(): Scale | undefined {
    if (!this.#begun) return undefined
    const { ready } = this.fleet
    const activators = this.#spec ? activatorsFor(this.#spec, ready) : 0
    const path = { direct: !this.pool.inPath, activators }
    return { actual: ready, want: this.#want, activity: this.#activity, initialized: this.#initialized, ...path }
  }

  /** Asked for every request: made once for each state of the object. */
  get identity(): WorkloadIdentity {
    this.#identity ??= {
      labels: podLabels(this.#revision, this.hash),
      serviceAccount: this.#revision.spec.serviceAccountName ?? 'default',
    }
    return this.#identity
  }

  /** How it stands at this moment. */
  get measures(): RevisionMeasures {
    const { name, namespace = '' } = this.#revision.metadata
    const { stable, panic, known } = this.#demand.meter.read(this.#options.clock.now())
    const queued = this.pool.waiting
    return {
      ...{ namespace, revision: name },
      ...this.identity,
      metric: this.#spec?.metric === 'rps' ? 'rps' : 'concurrency',
      ...{ stable: known ? stable : 0, panic: known ? panic : 0, target: this.#spec?.target },
      ...{ panicking: this.#demand.panicking, excessBurstCapacity: this.#demand.excessBurstCapacity },
      ...{ desired: this.#demand.desired, requested: this.#want },
      ...{ queued, active: this.#demand.meter.inFlight - queued, proxied: this.pool.inPath },
      pods: this.fleet.members.map(podMeasures),
    }
  }

  /** Takes the objects as they are now. */
  update(revision: Revision, autoscaler: PodAutoscaler | undefined): void {
    this.#revision = revision
    this.#identity = undefined
    this.#autoscaler = autoscaler
    if (!autoscaler) return
    const tickMs = this.#spec?.tickMs
    this.#spec = this.#options.specOf(autoscaler)
    if (tickMs !== this.#spec.tickMs) this.#stopTicking()
    this.#demand.configure(this.#spec)
    this.#begin(this.#spec, autoscaler)
    this.evaluate()
  }

  /** A place for a request; it wakes the revision in this turn when there is none. Throws `Refusal`. */
  lease(): Lease | PendingLease {
    const lease = this.pool.lease()
    if (isPending(lease)) this.#keepWaiting(lease)
    if (this.#demand.desired <= 0) this.#wake()
    return lease
  }

  /** Starts an instance before a request asks for one; it counts as one request. */
  wakeAhead(): void {
    if (this.fleet.size > 0 || !this.#begun) return
    this.#demand.meter.announce(this.#options.clock.now())
    this.#wake()
  }

  /** Ends it: nothing starts any more, and who waits is answered. Resolves when all processes are gone. */
  async dispose(): Promise<void> {
    this.#disposed = true
    this.#stopTicking()
    this.#again?.cancel()
    this.pool.refuseAll(neverReady('Stopped', 'The revision was deleted or the runtime stops.'))
    await this.fleet.stop()
  }

  /** Brings instances in line with the last decision. */
  evaluate(): void {
    const spec = this.#spec
    if (!spec || !this.#begun || this.#disposed) return
    const now = this.#options.clock.now()
    const standing = { activity: this.#activity, initialized: this.#initialized, proxiedSince: this.#proxiedSince }
    const plan = planScale(spec, standing, this.#demand.desired, now)
    const before = this.scale
    this.#want = plan.want
    if (plan.apply) this.fleet.scaleTo(plan.want)
    this.#settle(spec, plan.want, now)
    this.#again?.cancel()
    const { againAfterMs } = plan
    if (againAfterMs !== undefined && this.fleet.size > 0)
      this.#again = this.#options.clock.after(againAfterMs, () => this.evaluate())
    this.#tickWhileActive(spec)
    if (!equal(before, this.scale)) this.#options.changed()
  }

  // The first scale: what a new revision must reach, or what an old one keeps when the runtime starts.
  #begin(spec: ScalingSpec, autoscaler: PodAutoscaler): void {
    if (this.#begun || !isResolved(this.#revision)) return
    this.#begun = true
    this.#initialized = isTrue(autoscaler.status?.conditions, 'ScaleTargetInitialized')
    const first = startingScale(spec, this.#initialized)
    this.#demand.begin(spec, first, this.#initialized)
    this.#want = first
    this.#activity = { status: first > 0 ? 'Unknown' : 'False', timedOut: false, since: this.#options.clock.now() }
    this.fleet.scaleTo(first)
    this.#options.changed()
    if (this.pool.waiting > 0) this.#wake()
  }

  #settle(spec: ScalingSpec, want: number, now: number): void {
    const threshold = activeThreshold(spec, this.#initialized)
    if (this.fleet.ready >= threshold) this.#initialized = true
    this.#activity = nextActivity(this.#activity, threshold, want, this.fleet.ready, now)
    if (this.#activity.timedOut) this.pool.refuseAll(this.#refusal())
    const inPath = want <= 0 || this.#demand.exceedsBurst
    this.#proxiedSince = inPath ? (this.#proxiedSince ?? now) : undefined
    this.pool.inPath = inPath
  }

  // The request was counted at once, so the decision taken here asks for an instance.
  #wake(): void {
    if (!this.#begun || this.#disposed) return
    this.#decide()
    this.#demand.atLeastOne()
    this.evaluate()
  }

  #decide(): void {
    if (this.#spec) this.#demand.decide(this.#spec, this.fleet.ready, this.#options.clock.now())
  }

  #tickWhileActive(spec: ScalingSpec): void {
    if (this.fleet.size === 0) this.#stopTicking()
    else this.#ticker ??= this.#options.clock.every(spec.tickMs, () => this.#tick())
  }

  #tick(): void {
    this.#decide()
    this.evaluate()
  }

  #stopTicking(): void {
    this.#ticker?.cancel()
    this.#ticker = undefined
    this.#demand.meter.rest()
  }

  // A wait that nothing will end is refused at once: every instance failed twice in a row, or there is no image.
  #keepWaiting(lease: PendingLease): void {
    const hopeless = this.#begun ? this.fleet.backingOffMs() !== undefined : unhealthy(this.#revision) !== undefined
    if (!hopeless) return
    lease.cancel()
    throw this.#refusal()
  }

  #refusal(): Refusal {
    const failure = this.fleet.failure ?? unhealthy(this.#revision) ?? neverActivated
    return neverReady(failure.reason, failure.message, this.fleet.backingOffMs())
  }

  // Not in the caller's turn: a fleet reports while it is being scaled.
  #instancesChanged(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.fleet.backingOffMs() !== undefined) this.pool.refuseAll(this.#refusal())
      this.#options.changed()
      this.evaluate()
    })
  }
}
