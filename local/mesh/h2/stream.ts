// One stream of a connection: what it may still send, what waits, and whom it tells of what came.
import type { HeaderList } from '../codec/head.ts'

/** Bytes a peer may send on one stream before some are given back. */
export const streamWindow = 256 * 1_024

/** Takes what a peer sends on one stream. Nothing more comes after `onEnd` or `onReset`. */
export interface StreamUser {
  /** The head, or an informational one before it; pseudo headers first, names in lower case. */
  onHeaders(headers: HeaderList, end: boolean): void
  /** A view of what was read: gone with the turn unless copied. Give the bytes back with `consumed`. */
  onData(data: Buffer): void
  /** The peer's side is over; trailers or none. */
  onEnd(trailers: HeaderList): void
  /** The peer, or the connection, gave the stream up; `byUs`: because of what the peer sent on it. */
  onReset(code: number, byUs: boolean): void
  /** More can be sent after `sendData` said false. */
  onDrained(): void
}

export interface QueuedData {
  data: Buffer
  end: boolean
}

/** The state of a stream; its session reads and writes it. */
export class StreamState {
  readonly id: number
  user: StreamUser | undefined
  /** Bytes the peer takes from us, and those it may still send. */
  sendWindow: number
  receiveWindow: number
  /** Received and given back, but not yet told to the peer. */
  consumed = 0
  readonly queue: QueuedData[] = []
  trailers: readonly string[] | undefined
  headersSeen = false
  headersSent = false
  /** Each side may end first, ours whenever the windows let its last frame go. */
  remoteEnded = false
  localEnded = false
  /** Told once both have. */
  onOver: () => void = () => {}
  /** Its user was told to wait. */
  blocked = false
  closed = false

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id
    this.sendWindow = sendWindow
    this.receiveWindow = receiveWindow
  }

  endLocal(): void {
    this.localEnded = true
    if (this.remoteEnded && !this.closed) this.onOver()
  }

  endRemote(): void {
    this.remoteEnded = true
    if (this.localEnded && !this.closed) this.onOver()
  }
}
