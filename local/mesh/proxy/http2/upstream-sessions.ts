// The connections of HTTP/2 by where they lead: a request goes on the first that takes one more.
import type { Clock, Timer } from '../../../kernel/clock.ts'
import type { Address, UpstreamChannel } from '../upstream/upstream-channel.ts'
import { UpstreamSession } from './upstream-session.ts'

/** A connection without requests is closed after this long, unless its cluster says otherwise (Envoy's default). */
const defaultIdleMs = 3_600_000

export class UpstreamSessions {
  readonly #clock: Clock
  readonly #byKey = new Map<string, UpstreamSession[]>()
  readonly #all = new Set<UpstreamSession>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `fresh`: on a connection of its own. */
  channel(key: string, address: Address, fresh: boolean): UpstreamChannel {
    const known = fresh ? undefined : this.#byKey.get(key)?.find(session => session.open)
    return (known ?? this.#open(key, address)).channel()
  }

  /** Ends connections as soon as nothing is under way. */
  close(): void {
    this.#closed = true
    for (const session of this.#all) session.leave()
  }

  /** Cuts what is still under way. */
  destroy(): void {
    for (const session of this.#all) session.socket.destroy()
  }

  #open(key: string, address: Address): UpstreamSession {
    const session = new UpstreamSession(address, this.#clock, () => this.#leaves(key, session))
    this.#all.add(session)
    const idling = this.#watch(session, address.limits?.idleTimeoutMs ?? defaultIdleMs)
    session.socket.once('close', () => {
      this.#all.delete(session)
      idling.stop()
    })
    const beside = this.#byKey.get(key)
    if (this.#closed) session.leave()
    else if (beside) beside.push(session)
    else this.#byKey.set(key, [session])
    return session
  }

  #leaves(key: string, session: UpstreamSession): void {
    const left = this.#byKey.get(key)?.filter(one => one !== session) ?? []
    if (left.length > 0) this.#byKey.set(key, left)
    else this.#byKey.delete(key)
  }

  /** Looks once in a while whether there were requests since. */
  #watch(session: UpstreamSession, idleMs: number): { stop(): void } {
    let seen = 0
    let timer: Timer
    const look = () => {
      if (session.active === 0 && session.requests === seen) return session.leave()
      seen = session.requests
      timer = this.#clock.after(idleMs, look)
    }
    timer = this.#clock.after(idleMs, look)
    return { stop: () => timer.cancel() }
  }
}
