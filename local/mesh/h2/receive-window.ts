// What a peer may still send on all streams of a connection.
import { ConnectionError, errorCodes } from './protocol.ts'

export class ReceiveWindow {
  readonly #size: number
  #left: number

  /** In bytes. */
  constructor(size: number) {
    this.#size = size
    this.#left = size
  }

  /**
   * The bytes by which to open it again, 0 while it is not half empty. What streams hold back is bounded by their own
   * windows: the connection's never stands still for a slow one. Throws `ConnectionError` for more than was allowed.
   */
  take(bytes: number): number {
    this.#left -= bytes
    if (this.#left < 0) throw new ConnectionError(errorCodes.flowControlError, 'more than the window')
    if (this.#left >= this.#size / 2) return 0
    const opened = this.#size - this.#left
    this.#left = this.#size
    return opened
  }
}
