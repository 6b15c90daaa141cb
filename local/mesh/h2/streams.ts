// The streams of one connection: which are under way, which there were, and which may come (RFC 9113 section 5.1.1).
import { ConnectionError, errorCodes } from './protocol.ts'
import type { StreamState } from './stream.ts'
import type { Handle } from './stream-handle.ts'

export class Streams {
  readonly #role: 'server' | 'client'
  readonly #active = new Map<number, Handle>()
  #next = 1
  /** The last stream that the peer opened. */
  lastOfPeer = 0

  constructor(role: 'server' | 'client') {
    this.#role = role
  }

  get size(): number {
    return this.#active.size
  }

  /** A client has used up its numbers: only another connection has more. */
  get usedUp(): boolean {
    return this.#next >= 2 ** 31
  }

  /** Undefined when it is over, or never was. */
  get(id: number): Handle | undefined {
    return this.#active.get(id)
  }

  /** The number of the next stream a client opens. */
  takeId(): number {
    const id = this.#next
    this.#next += 2
    return id
  }

  /** Whether a client opens a stream by sending headers of it. */
  opensByHeaders(id: number): boolean {
    return this.#role === 'server' && id % 2 === 1 && id > this.lastOfPeer
  }

  add(handle: Handle): void {
    this.#active.set(handle.state.id, handle)
  }

  remove({ id }: StreamState): void {
    this.#active.delete(id)
  }

  /** Throws `ConnectionError` for a stream that was never open; frames may still come of one that was. */
  requireKnown(id: number): void {
    const ours = id % 2 === (this.#role === 'client' ? 1 : 0)
    const known = ours ? id < this.#next && this.#role === 'client' : id <= this.lastOfPeer
    if (id === 0 || !known) throw new ConnectionError(errorCodes.protocolError, 'a frame of a stream nobody opened')
  }

  /** Those under way, also while some of them end. */
  *states(): Generator<StreamState> {
    for (const { state } of this.#active.values()) yield state
  }
}
