// A local program in a service's place: requests of all its revisions go to the program's port instead of instances.
import { connect } from 'node:net'
import type { Clock } from '../kernel/clock.ts'
import { type Lease, type PendingLease, type Protocol, Refusal, type RequestLimits } from '../seams/upstreams.ts'

export interface StandInOptions {
  clock: Clock
  /** `namespace/name` of the service. */
  service: string
  /** Where the program listens on the loopback. */
  port: number
  protocol: Protocol
  limits: RequestLimits
}

const lookAgainMs = 50

/** While nothing listens requests wait, as they wait for an instance that starts: until the service's own timeout. */
export class StandIn {
  readonly #options: StandInOptions
  readonly #waiting = new Set<{ grant(): void; refuse(refusal: Refusal): void }>()
  #listening = false
  #looking = false
  #over = false

  constructor(options: StandInOptions) {
    this.#options = options
  }

  lease(): Lease | PendingLease {
    return this.#listening ? this.#place() : this.#wait()
  }

  /** The program is gone: whoever waits for it is refused. */
  end(): void {
    this.#over = true
    for (const waiter of this.#waiting) waiter.refuse(this.#refusal('has ended'))
  }

  #place(): Lease {
    const { port, protocol, limits } = this.#options
    const fail = () => {
      this.#listening = false
    }
    return { endpoint: { host: '127.0.0.1', port, protocol }, limits, viaActivator: false, release: () => {}, fail }
  }

  #wait(): PendingLease {
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    const { clock, limits } = this.#options
    const leave = () => {
      this.#waiting.delete(waiter)
      timer.cancel()
    }
    const waiter = {
      grant: () => {
        leave()
        resolve(this.#place())
      },
      refuse: (refusal: Refusal) => {
        leave()
        reject(refusal)
      },
    }
    const timer = clock.after(limits.timeoutMs, () => waiter.refuse(this.#refusal('does not listen')))
    this.#waiting.add(waiter)
    this.#look()
    return { granted: promise, cancel: leave }
  }

  #refusal(why: string): Refusal {
    const { service, port } = this.#options
    return new Refusal(503, `the program on 127.0.0.1:${port} in place of ${service} ${why}\n`)
  }

  #look(): void {
    if (this.#looking || this.#over) return
    this.#looking = true
    const socket = connect(this.#options.port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      this.#looking = false
      this.#listening = true
      for (const waiter of this.#waiting) waiter.grant()
    })
    socket.once('error', () => {
      this.#options.clock.after(lookAgainMs, () => {
        this.#looking = false
        if (this.#waiting.size > 0) this.#look()
      })
    })
  }
}
