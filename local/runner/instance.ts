// The life of an instance: plan, start its containers, probe until ready, watch, drain, end.
import type { Container } from '../api/core/pod-spec.ts'
import type { Clock } from '../kernel/clock.ts'
import { parseDuration, parseQuantity } from '../kernel/duration.ts'
import {
  failureOf,
  type InstanceAddress,
  InstanceFailed,
  type InstanceFailure,
  type InstanceSpec,
} from '../seams/instances.ts'
import { type ContainerContext, exitFailure, type RunningContainer, startContainer } from './container.ts'
import { type PlanContext, planContainers } from './plan.ts'
import { type ContainerProbes, probeContainer } from './probes/container-probes.ts'
import { watchMemory } from './process/memory.ts'
import type { ContainerView, RunningInstance } from './types.ts'
import { enterWords } from './volumes/mounts.ts'
import { makeVolumes, type Volumes } from './volumes/volumes.ts'

export interface InstanceContext extends ContainerContext, Omit<PlanContext, 'extra' | 'volumes'> {
  clock: Clock
  /** Variables of this instance beyond those of its YAML. */
  extra: Readonly<Record<string, string>>
  /** Called once, when no process is left. */
  released(): void
}

/** Knative's default progress deadline, in milliseconds. */
const progressDeadlineMs = 600_000
const progressDeadlineAnnotation = 'serving.knative.dev/progress-deadline'

/** Starts an instance; returns at once. */
export function startInstance(spec: InstanceSpec, context: InstanceContext): RunningInstance {
  const life = new Life(spec, context)
  void life.run()
  return {
    ...{ name: spec.name, ready: life.ready, gone: life.gone },
    onReadiness: listener => life.onReadiness(listener),
    stop: () => life.stop(),
    kill: () => life.kill(),
    containers: () => life.containers(),
  }
}

class Life {
  readonly ready: Promise<InstanceAddress>
  readonly gone: Promise<InstanceFailure | undefined>
  readonly #spec: InstanceSpec
  readonly #context: InstanceContext
  readonly #ready = Promise.withResolvers<InstanceAddress>()
  readonly #gone = Promise.withResolvers<InstanceFailure | undefined>()
  readonly #over = new AbortController()
  #containers: RunningContainer[] = []
  #volumes: Volumes | undefined
  #failure: InstanceFailure | undefined
  #ending: 'no' | 'drain' | 'kill' = 'no'
  #readinessChanged: (ready: boolean) => void = () => {}
  /** Containers whose readiness probe fails after it had passed. */
  readonly #unready = new Set<RunningContainer>()

  constructor(spec: InstanceSpec, context: InstanceContext) {
    this.#spec = spec
    this.#context = context
    this.ready = this.#ready.promise
    this.gone = this.#gone.promise
    // Whoever only waits for `gone` must not be ended by a rejection of `ready`.
    this.ready.catch(() => {})
  }

  async run(): Promise<void> {
    try {
      await this.#start()
      this.#probe().then(
        address => this.#ready.resolve(address),
        error => this.#fail(failureOf(error, 'ProbeFailed')),
      )
    } catch (error) {
      this.#fail(failureOf(error, 'SpawnFailed'))
    }
    await Promise.all(this.#containers.map(container => container.exited))
    this.#finish()
  }

  containers(): ContainerView[] {
    return this.#containers.map(({ plan: { name, env, cwd, mount }, pid }) => {
      return { name, pid, env, cwd, enter: mount.length > 0 ? enterWords(pid) : [] }
    })
  }

  async #start(): Promise<void> {
    const { stateDir, lookup, clock } = this.#context
    this.#volumes = makeVolumes(stateDir, this.#spec, lookup, () => clock.now())
    const plans = await planContainers(this.#spec, { ...this.#context, volumes: this.#volumes })
    const starting = plans.map(async plan => {
      const container = await startContainer(plan, this.#spec, this.#context)
      this.#containers.push(container)
      this.#watch(container)
    })
    const results = await Promise.allSettled(starting)
    const flaw = results.find(result => result.status === 'rejected')
    if (flaw) throw flaw.reason
    if (this.#ending === 'kill') this.kill()
    if (this.#ending === 'drain') this.#terminate()
  }

  /** A container that ends by itself takes the instance with it: serving decides about the next one. */
  #watch(container: RunningContainer): void {
    const limit = memoryLimit(container.plan.container)
    let overLimit = false
    const stopWatching =
      limit === undefined
        ? () => {}
        : watchMemory(container.pid, limit, this.#context.clock, () => {
            overLimit = true
            container.kill()
          })
    void container.exited.then(exit => {
      stopWatching()
      // Asked to stop, any end is the right one.
      if (this.#ending === 'no') this.#fail(exitFailure(container, exit, overLimit))
    })
  }

  async #probe(): Promise<InstanceAddress> {
    const deadline = this.#context.clock.after(deadlineOf(this.#spec), () => this.#fail(lateFailure))
    try {
      await Promise.all(this.#containers.map(container => probeContainer(container, this.#probesOf(container))))
    } finally {
      deadline.cancel()
    }
    const serving = this.#containers.find(({ plan }) => plan.serves)
    if (!serving) throw new Error('no container serves')
    return serving.address
  }

  #probesOf(container: RunningContainer): ContainerProbes {
    return {
      ...{ clock: this.#context.clock, signal: this.#over.signal },
      dead: ({ failure }) => this.#fail(failure),
      readinessChanged: ready => {
        const before = this.#unready.size === 0
        if (ready) this.#unready.delete(container)
        else this.#unready.add(container)
        const after = this.#unready.size === 0
        if (before !== after) this.#readinessChanged(after)
      },
    }
  }

  onReadiness(listener: (ready: boolean) => void): void {
    this.#readinessChanged = listener
  }

  /** The first failure counts; what still runs is killed. */
  #fail(failure: InstanceFailure): void {
    if (this.#ending === 'no') this.#failure ??= failure
    this.kill()
  }

  stop(): Promise<void> {
    if (this.#ending === 'no') {
      this.#ending = 'drain'
      this.#terminate()
    }
    return this.gone.then(() => {})
  }

  #terminate(): void {
    this.#abort()
    for (const container of this.#containers) container.terminate()
    const timer = this.#context.clock.after(this.#spec.graceMs, () => this.kill())
    void this.gone.then(() => timer.cancel())
  }

  kill(): void {
    this.#ending = 'kill'
    this.#abort()
    for (const container of this.#containers) container.kill()
  }

  #abort(): void {
    this.#over.abort()
    this.#ready.reject(new InstanceFailed(this.#failure ?? stoppedFailure))
  }

  #finish(): void {
    this.#abort()
    // Who ended by itself is started again, and finds its emptyDir as it was.
    if (this.#ending === 'drain') this.#volumes?.remove()
    this.#context.released()
    this.#gone.resolve(this.#failure)
  }
}

const stoppedFailure: InstanceFailure = { reason: 'Stopped', message: 'stopped before it was ready' }
const lateFailure: InstanceFailure = {
  reason: 'ProgressDeadlineExceeded',
  message: 'not ready within the progress deadline',
}

function deadlineOf(spec: InstanceSpec): number {
  return parseDuration(spec.annotations[progressDeadlineAnnotation] ?? '') ?? progressDeadlineMs
}

function memoryLimit(container: Container): number | undefined {
  const limit = container.resources?.limits?.memory
  return limit === undefined ? undefined : parseQuantity(limit)
}
