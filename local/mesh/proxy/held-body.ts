// The part of a request's body that is kept: until there is a connection, and as long as it may have to be sent again.

/** A caller is asked to wait once this much is held for it; a body up to here is kept for another instance. In bytes. */
export const mostHeldBytes = 64 * 1024

/** A body up to here is kept for the retries and mirrors of a route, as Envoy's buffer limit has it. In bytes. */
export const mostReplayedBytes = 1024 * 1024

export class HeldBody {
  readonly parts: Buffer[] = []
  /** False once something was thrown away: the request cannot be sent again. */
  whole = true
  readonly #most: number
  #bytes = 0

  /** `most`: how many bytes are kept for another try. */
  constructor(most = mostHeldBytes) {
    this.#most = most
  }

  get full(): boolean {
    return this.#bytes > mostHeldBytes
  }

  /** Keeps a piece that was not sent yet, however much there is: the caller stops reading when `full`. */
  hold(data: Buffer): void {
    this.parts.push(data)
    this.#bytes += data.length
  }

  /** Keeps a piece that is being sent, if there is room. */
  holdForReplay(data: Buffer): void {
    if (!this.whole) return
    if (this.#bytes + data.length > this.#most) this.drop()
    else this.hold(data)
  }

  drop(): void {
    this.whole = false
    this.parts.length = 0
    this.#bytes = 0
  }
}
