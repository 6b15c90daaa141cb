// The instances of one revision: started, replaced when they exit, drained before they are stopped.
import type { Clock } from '../../kernel/clock.ts'
import { failureOf, type Instance, type InstanceAddress, type InstanceFailure } from '../../seams/instances.ts'
import type { Endpoint, Protocol } from '../../seams/upstreams.ts'
import type { Seat } from '../activator/place.ts'
import type { Pool } from '../activator/pool.ts'
import { afterCrash, momentMs } from './crash-back-off.ts'
import { type Member, newMember, worth } from './member.ts'

export interface FleetOptions {
  clock: Clock
  pool: Pool
  protocol: Protocol
  /** How long an instance that leaves may take for its requests. */
  drainMs: number
  newName(): string
  start(name: string): Instance
  /** Whether an instance takes connections again. */
  probe(endpoint: Endpoint): Promise<boolean>
  /** A member came, went, or changed its state. */
  changed(): void
}

/** The first probe leaves a process that just died the time to be seen gone; later ones come ever more rarely. */
const probeAfterMs = { first: 10, longest: 250 }
// As a shell counts: 128 and the number of the signal.
const sigkilled = 137

export class Fleet {
  /** The newest failure since an instance was last ready. */
  failure: InstanceFailure | undefined
  readonly #options: FleetOptions
  readonly #members = new Map<string, Member>()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get members(): readonly Member[] {
    return [...this.#members.values()]
  }

  /** Members that are not on their way out. */
  get size(): number {
    return this.#current().length
  }

  get ready(): number {
    return this.members.filter(member => member.state === 'ready').length
  }

  /** Members with a process, stopping ones included. */
  get running(): number {
    return this.members.filter(member => member.instance).length
  }

  /**
   * Milliseconds until the next start when every member waits for it and none came up the last time; undefined
   * otherwise. Who crashed while it served is expected back, and who is started again in a moment is worth waiting for.
   */
  backingOffMs(): number | undefined {
    const current = this.#current()
    if (current.length === 0 || current.some(member => member.state !== 'waiting' || member.cameUp)) return undefined
    const waitMs = Math.min(...current.map(member => member.restartAt)) - this.#options.clock.now()
    return waitMs > momentMs ? waitMs : undefined
  }

  /** Starts or stops members until `count` are there. Starts happen in this turn, stops when requests are over. */
  scaleTo(count: number): void {
    const current = this.#current()
    for (let missing = count - current.length; missing > 0; missing--) this.#add()
    const leaving = current.sort((a, b) => worth(a) - worth(b)).slice(0, Math.max(0, current.length - count))
    for (const member of leaving) void this.#dismiss(member)
  }

  /** Stops one member, because its pod was deleted. */
  dismiss(name: string): void {
    const member = this.#members.get(name)
    if (member && member.state !== 'stopping') void this.#dismiss(member)
  }

  /** Stops all now, those that drain included; resolves when their processes are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map(member => this.#stop(member)))
  }

  /** An instance failed a request: it is offered again once it takes connections, unless it is gone by then. */
  suspect(seat: Seat, afterMs = probeAfterMs.first): void {
    this.#options.clock.after(afterMs, async () => {
      if (!this.#isReady(seat)) return
      const alive = await this.#options.probe(seat.endpoint)
      if (!this.#isReady(seat)) return
      if (alive) this.#options.pool.offer(seat)
      else this.suspect(seat, Math.min(afterMs * 2, probeAfterMs.longest))
    })
  }

  /** False once the seat's process is gone, even if its pod runs another by now. */
  #isReady(seat: Seat): boolean {
    const member = this.#members.get(seat.name)
    return member?.seat === seat && member.state === 'ready'
  }

  #current(): Member[] {
    return this.members.filter(member => member.state !== 'stopping')
  }

  #add(): void {
    const { clock, newName } = this.#options
    const member = newMember(newName(), clock.now())
    this.#members.set(member.name, member)
    this.#launch(member)
  }

  #launch(member: Member): void {
    const instance = this.#options.start(member.name)
    member.instance = instance
    member.state = 'starting'
    member.startedAt = this.#options.clock.now()
    instance.ready.then(
      address => this.#becameReady(member, instance, address),
      (error: unknown) => {
        // Whatever still runs of it (a probe that never passed) is no use.
        instance.kill()
        this.#ended(member, instance, failureOf(error, 'SpawnFailed'))
      },
    )
    instance.gone.then(failure => this.#ended(member, instance, failure ?? exitedByItself))
    this.#options.changed()
  }

  #becameReady(member: Member, instance: Instance, address: InstanceAddress): void {
    if (member.instance !== instance || member.state !== 'starting') return
    member.state = 'ready'
    member.readyAt = this.#options.clock.now()
    this.failure = undefined
    member.seat = this.#options.pool.add(member.name, { ...address, protocol: this.#options.protocol })
    instance.onReadiness?.(ready => this.#readinessChanged(member, instance, ready))
    this.#options.changed()
  }

  /** An instance that says it is not ready gets no further requests; those it has go on. */
  #readinessChanged(member: Member, instance: Instance, ready: boolean): void {
    const { seat } = member
    if (member.instance !== instance || !seat || (member.state !== 'ready' && member.state !== 'unready')) return
    member.state = ready ? 'ready' : 'unready'
    if (ready) this.#options.pool.offer(seat)
    else this.#options.pool.withdraw(seat)
    this.#options.changed()
  }

  #ended(member: Member, instance: Instance, failure: InstanceFailure): void {
    if (member.instance !== instance) return
    const served = (member.seat?.answered ?? 0) > 0
    member.cameUp = member.seat !== undefined
    this.#unseat(member)
    if (member.state === 'stopping') this.#forget(member)
    else this.#restart(member, failure, served)
  }

  #restart(member: Member, failure: InstanceFailure, served: boolean): void {
    const killed = failure.exitCode === sigkilled && failure.reason !== 'OOMKilled'
    const run = { startedAt: member.startedAt, endedAt: this.#options.clock.now(), served, killed }
    const { history, waitMs } = afterCrash(member.history, run)
    Object.assign(member, { state: 'waiting', history, lastFailure: failure, restarts: member.restarts + 1 })
    if (this.ready === 0) this.failure = failure
    member.restartAt = run.endedAt + waitMs
    if (waitMs === 0) this.#launch(member)
    else member.restart = this.#options.clock.after(waitMs, () => this.#launch(member))
    this.#options.changed()
  }

  // Out of the pool first, so that no request goes to an instance that is about to stop.
  async #dismiss(member: Member): Promise<void> {
    member.state = 'stopping'
    this.#options.changed()
    if (member.seat) await this.#drain(member.seat)
    await this.#stop(member)
  }

  // A stream without end does not keep its instance for ever.
  async #drain(seat: Seat): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#options.clock.after(this.#options.drainMs, resolve)
    await Promise.race([this.#options.pool.drain(seat), promise])
    timer.cancel()
  }

  async #stop(member: Member): Promise<void> {
    member.state = 'stopping'
    member.restart?.cancel()
    if (member.seat) this.#options.pool.withdraw(member.seat)
    await member.instance?.stop()
    this.#forget(member)
  }

  #unseat(member: Member): void {
    if (member.seat) this.#options.pool.withdraw(member.seat)
    member.seat = undefined
    member.instance = undefined
    member.readyAt = undefined
  }

  #forget(member: Member): void {
    if (!this.#members.delete(member.name)) return
    this.#options.changed()
  }
}

const exitedByItself: InstanceFailure = {
  reason: 'Completed',
  message: 'The container exited with code 0.',
  exitCode: 0,
}
