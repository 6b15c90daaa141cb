// What carries one request to an endpoint: a connection of HTTP/1.1 of its own, or one stream among others of HTTP/2.

import type { Protocol } from '../../../seams/upstreams.ts'
import type { Framing } from '../../codec/framing.ts'
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import type { ConnectionLimits } from '../../table/cluster.ts'
import type { ClientHandshake } from '../tls/upstream-tls.ts'

/** Where a request goes, and what is spoken there: HTTP/1.1 unless it says otherwise. */
export type Address = ({ path: string } | { host: string; port: number; tls?: ClientHandshake }) & {
  protocol?: Protocol
  limits?: ChannelLimits | undefined
  /** How long a connection may take to come about, its handshake included; absent for instances on this machine. */
  connectTimeoutMs?: number
}

/** What of a cluster's limits holds for each of its connections. */
export type ChannelLimits = Pick<
  ConnectionLimits,
  'maxRequestsPerConnection' | 'maxConcurrentStreams' | 'idleTimeoutMs'
>

/** `127.0.0.1:9080`, or the socket's path. */
export function addressText(address: Address): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`
}

/** The head of a request in both spellings. */
export interface RequestSource {
  /** As HTTP/1.1 writes it, ending in the empty line. */
  headText(): string
  /** As HTTP/2 does, pseudo headers first. */
  headList(): HeaderList
}

/** The exchange that uses the channel. */
export interface UpstreamUser {
  onConnected(): void
  /** `framing` where the protocol itself says how the body ends. */
  onHead(head: ResponseHead, framing?: Framing): Framing
  onBody(data: Buffer): void
  onEnd(trailers: HeaderList): void
  /** Everything read in this turn has been given. */
  onTurnEnd(): void
  onDrained(): void
  /** The answer was a 101; `first` are bytes behind it. */
  onTunnel(first: Buffer): void
  /** The channel is gone and the answer is not whole. */
  onLost(error: Error | undefined): void
}

export interface UpstreamChannel {
  user: UpstreamUser | undefined
  readonly connected: boolean
  /**
   * False while the far end owes the word that its protocol has it begin with (RFC 9113 section 3.4): the system accepts
   * connections for a process that is just dying, and nobody looks at what is sent there.
   */
  readonly greeted: boolean
  /** Exchanges completed on its connection: one that dies on its second may only have been closed for idling. */
  readonly uses: number
  /** Takes no more of the body until `onDrained`. */
  readonly full: boolean
  /** Only once `connected`. */
  head(source: RequestSource, method: string, framing: Framing): void
  body(data: Buffer): void
  end(trailers: HeaderList): void
  flush(): void
  /** No more of the answer until `resume`. */
  pause(): void
  resume(): void
  /** The exchange is over. `reusable`: both messages are whole. `keepAlive`: the value of the answer's header, if any. */
  over(reusable: boolean, keepAlive: string | undefined): void
  /** Lets go of the user and gives the exchange up. The user is not told. */
  destroy(): void
}

/** The far end gave one stream up, and may take others. `refused`: it did not look at the request at all. */
export class StreamReset extends Error {
  readonly refused: boolean

  constructor(refused: boolean) {
    super(refused ? 'the stream was refused' : 'the stream was reset')
    this.name = 'StreamReset'
    this.refused = refused
  }
}
