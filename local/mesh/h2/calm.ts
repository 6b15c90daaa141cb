// Notices peers that make work without asking for anything: floods of pings, settings, resets and empty frames.
import { ConnectionError, errorCodes } from './protocol.ts'

/** So many of one kind may come for each request a peer completes, and before the first. */
const patience = 1_000

export class Calm {
  #left = patience

  /** A frame that asks for nothing. Throws `ConnectionError` when there were too many of them. */
  disturbed(): void {
    if (--this.#left < 0) throw new ConnectionError(errorCodes.enhanceYourCalm, 'too much for nothing')
  }

  /** A stream was served to its end. */
  served(): void {
    this.#left = Math.min(patience, this.#left + 10)
  }
}
