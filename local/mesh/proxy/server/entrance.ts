// How the requests of one accepted connection come in: who sends them, as what they begin, and where a CONNECT leads.
import type { Socket } from 'node:net'
import type { Identity } from '../../../seams/identity.ts'
import { type Framing, framings } from '../../codec/framing.ts'
import type { RequestHead } from '../../codec/head.ts'
import { MalformedMessage } from '../../codec/malformed.ts'
import type { Client, Exchange } from '../client.ts'
import { whatIsAsked } from '../path.ts'
import { type Captured, plainAddress, type ServerSide } from './server-side.ts'

export class Entrance {
  readonly #side: ServerSide
  readonly #captured: Captured | undefined
  readonly #peer: string
  /** What the CONNECT that is being answered asks for. */
  #connect: Captured | undefined

  constructor(socket: Socket, side: ServerSide, captured: Captured | undefined) {
    this.#side = side
    this.#captured = captured
    this.#peer = plainAddress(socket.remoteAddress)
  }

  /** Who calls; undefined for somebody unknown. A string is the answer to whom nobody lets in. */
  callerOf(head: RequestHead): Identity | string | undefined {
    return this.#captured ? this.#captured.caller : this.#side.authenticate?.(head)
  }

  /** Undefined when the request was answered at once. Throws `MalformedMessage` for a target that cannot be. */
  begin(head: RequestHead, framing: Framing, caller: Identity | undefined, client: Client): Exchange | undefined {
    const tunnel = this.#captured?.authority
    const asked = whatIsAsked(head, tunnel, target => this.#side.normalize(target))
    return this.#side.begin({ head, ...asked, framing, client, peer: this.#peer, caller, tunnel })
  }

  /** Remembers what a CONNECT asks for. Throws `MalformedMessage` where none is taken, or from somebody unknown. */
  connects({ target }: RequestHead, caller: Identity | undefined): Framing {
    if (!this.#side.connect || !caller) throw new MalformedMessage('connect')
    this.#connect = { caller, authority: target }
    return framings.tunnel
  }

  /** Gives the connection to whom the CONNECT named; `first` was read behind its head. */
  handOver(leaveHttp: () => Socket, first: Buffer): void {
    if (this.#connect) this.#side.connect?.(this.#connect, leaveHttp(), first)
  }
}
