// What a revision's requests ask for: counted by the meter, turned into a number of instances by the autoscaler.
import { Meter } from '../activator/meter.ts'
import { type DecisionState, decide, initialDecision } from '../autoscaler/decide.ts'
import type { ScalingSpec } from '../autoscaler/spec.ts'
import { meterOptions } from './revision-spec.ts'

export class Demand {
  readonly meter: Meter
  /** Instances the autoscaler decided for last; -1 before. */
  desired = -1
  #state: DecisionState
  #excessBurstCapacity = -1

  /** `now` in milliseconds since the epoch. */
  constructor(now: number) {
    this.meter = new Meter(meterOptions(undefined), now)
    this.#state = initialDecision(0, now)
  }

  /** True while a burst would not fit the instances: the activator stays in the path. */
  get exceedsBurst(): boolean {
    return this.#excessBurstCapacity < 0
  }

  get excessBurstCapacity(): number {
    return this.#excessBurstCapacity
  }

  get panicking(): boolean {
    return this.#state.panicSince !== undefined
  }

  /** Counts in the windows of `spec` from now on. */
  configure(spec: ScalingSpec): void {
    this.meter.configure(meterOptions(spec))
  }

  /** Before any request: `first` instances, which a new revision must reach. */
  begin(spec: ScalingSpec, first: number, initialized: boolean): void {
    this.desired = first > 0 && !initialized ? -1 : 0
    const { targetBurstCapacity, total } = spec
    if (targetBurstCapacity >= 0) this.#excessBurstCapacity = targetBurstCapacity && first * total - targetBurstCapacity
  }

  /** Decides anew, as long as anything was counted within the stable window. */
  decide(spec: ScalingSpec, ready: number, now: number): void {
    const reading = this.meter.read(now)
    if (!reading.known) return
    const { state, decision } = decide(spec, this.#state, { ...reading, ready }, now)
    this.#state = state
    this.desired = decision.desired
    this.#excessBurstCapacity = decision.excessBurstCapacity
  }

  /** Somebody asks now, whatever the averages say. */
  atLeastOne(): void {
    this.desired = Math.max(1, this.desired)
  }
}
