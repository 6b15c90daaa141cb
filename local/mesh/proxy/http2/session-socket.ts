// A session of HTTP/2 on its socket: what one turn brings is told together, what one turn says leaves in one write.
import type { Socket } from 'node:net'
import { Session, type SessionOptions } from '../../h2/session.ts'
import { writeParts } from './write-parts.ts'

/** Something of one stream was read in this turn. */
export interface TurnUser {
  /** Everything read in this turn was given. */
  turnEnds(): void
}

export class SessionSocket {
  readonly session: Session
  readonly socket: Socket
  readonly #flushed: () => void
  #touched: TurnUser[] = []
  #reading = false
  #flushing = false

  /** `flushed`: told after each write, when what is under way may have become less. */
  constructor(socket: Socket, options: Omit<SessionOptions, 'write'>, flushed: () => void) {
    this.socket = socket
    this.#flushed = flushed
    this.session = new Session({ ...options, write: parts => writeParts(socket, parts, this.session) })
    socket.on('drain', () => {
      this.session.hold(false)
      this.flush()
    })
  }

  read(data: Buffer): void {
    this.#reading = true
    this.session.receive(data)
    this.#reading = false
    const touched = this.#touched
    if (touched.length > 0) this.#touched = []
    for (const user of touched) user.turnEnds()
    this.flush()
  }

  touched(user: TurnUser): void {
    if (this.#touched.at(-1) !== user) this.#touched.push(user)
  }

  /** What comes to be said in one turn leaves in one write. */
  flushSoon(): void {
    if (this.#flushing || this.#reading) return
    this.#flushing = true
    process.nextTick(() => {
      this.#flushing = false
      this.flush()
    })
  }

  flush(): void {
    this.session.flush()
    this.#flushed()
  }
}
