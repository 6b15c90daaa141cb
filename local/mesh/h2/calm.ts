// Notices peers that make work without asking for anything: floods of pings, settings, resets and empty frames.
import { ConnectionError, errorCodes } from './protocol.ts'

/** So many may come for nothing within `spanMs`, and so many answers wait until the peer reads them. */
const patience = 1_000
const spanMs = 10_000

export class Calm {
  readonly #now: () => number
  #left = patience
  #since: number
  #unread = 0

  /** `now`: milliseconds since whenever. */
  constructor(now: () => number) {
    this.#now = now
    this.#since = now()
  }

  /** A frame that asks for nothing. Throws `ConnectionError` when there were too many of them. */
  disturbed(): void {
    if (--this.#left >= 0) return
    const now = this.#now()
    if (now - this.#since < spanMs) throw tooMuch()
    this.#since = now
    this.#left = patience - 1
  }

  /** A frame that only wants to be acknowledged: harmless, as long as its peer reads what it asked for. */
  acknowledged(): void {
    if (++this.#unread > patience) throw tooMuch()
  }

  /** The transport took everything there was to say. */
  written(): void {
    this.#unread = 0
  }

  /** A stream was served to its end. */
  served(): void {
    this.#left = Math.min(patience, this.#left + 10)
  }
}

function tooMuch(): ConnectionError {
  return new ConnectionError(errorCodes.enhanceYourCalm, 'too much for nothing')
}
