// What the user of one stream does with it, and how what arrives for it is checked on its way.
import type { HeaderList } from '../codec/head.ts'
import { checkResponse, checkTrailers, contentLength } from './header-rules.ts'
import { errorCodes, StreamError } from './protocol.ts'
import type { Sender } from './sender.ts'
import { type StreamState, streamWindow } from './stream.ts'

/** What a user of a stream may do with it. After its end nothing has any effect. */
export interface Stream {
  readonly id: number
  headers(headers: readonly string[], end: boolean): void
  /** False: wait for `onDrained`. */
  data(data: Buffer, end: boolean): boolean
  trailers(trailers: readonly string[]): void
  reset(code: number): void
  /** So many bytes of `onData` were used: the peer may send as many more. */
  consumed(bytes: number): void
}

/** The session a stream belongs to. */
export interface HandleOwner {
  role: 'server' | 'client'
  /** The stream is gone; `served` when both sides came to their end. */
  over(served: boolean): void
  windowUpdate(bytes: number): void
}

export class Handle implements Stream {
  readonly state: StreamState
  readonly #sender: Sender
  readonly #owner: HandleOwner
  #awaited = -1
  #received = 0

  constructor(state: StreamState, sender: Sender, owner: HandleOwner) {
    this.state = state
    this.#sender = sender
    this.#owner = owner
    state.onOver = () => owner.over(true)
  }

  get id(): number {
    return this.state.id
  }

  headers(headers: readonly string[], end: boolean): void {
    if (this.state.closed || this.state.localEnded) return
    this.state.headersSent = true
    this.#sender.headers(this.state, headers, end)
  }

  data(data: Buffer, end: boolean): boolean {
    if (this.state.closed || this.state.localEnded) return true
    return this.#sender.data(this.state, data, end)
  }

  trailers(trailers: readonly string[]): void {
    if (this.state.closed || this.state.localEnded) return
    if (trailers.length > 0) this.#sender.trailers(this.state, trailers)
    else this.#sender.data(this.state, Buffer.alloc(0), true)
  }

  reset(code: number): void {
    if (this.state.closed) return
    this.#sender.reset(this.state.id, code)
    this.#owner.over(false)
  }

  consumed(bytes: number): void {
    const { state } = this
    state.consumed += bytes
    if (state.closed || state.remoteEnded || state.consumed < streamWindow / 2) return
    this.#owner.windowUpdate(state.consumed)
    state.receiveWindow += state.consumed
    state.consumed = 0
  }

  receiveHeaders(headers: HeaderList, end: boolean): void {
    const { state } = this
    if (state.remoteEnded) throw new StreamError(errorCodes.streamClosed, 'headers after the end')
    if (state.headersSeen) {
      checkTrailers(headers)
      if (!end) throw new StreamError(errorCodes.protocolError, 'trailers that do not end')
      this.#endRemote(headers)
      return
    }
    const interim = this.#owner.role === 'client' && checkResponse(headers) < 200
    if (interim && end) throw new StreamError(errorCodes.protocolError, 'an interim answer that ends')
    if (!interim) {
      state.headersSeen = true
      this.#awaited = contentLength(headers)
    }
    state.user?.onHeaders(headers, end)
    if (end) this.#endRemote([])
  }

  /** `counted`: what the frame takes of the window, padding and all. */
  receiveData(data: Buffer, counted: number, end: boolean): void {
    const { state } = this
    if (state.remoteEnded || !state.headersSeen) throw new StreamError(errorCodes.streamClosed, 'data out of place')
    state.receiveWindow -= counted
    if (state.receiveWindow < 0) throw new StreamError(errorCodes.flowControlError, 'more than the window')
    if (counted > data.length) this.consumed(counted - data.length)
    this.#received += data.length
    if (this.#awaited >= 0 && this.#received > this.#awaited) throw wrongLength()
    if (data.length > 0) state.user?.onData(data)
    if (end) this.#endRemote([])
  }

  #endRemote(trailers: HeaderList): void {
    // Answers to HEAD and 304 say a length they do not have.
    const bodiless = this.#received === 0 && this.#owner.role === 'client'
    if (this.#awaited >= 0 && this.#received !== this.#awaited && !bodiless) throw wrongLength()
    const { user } = this.state
    this.state.endRemote()
    user?.onEnd(trailers)
  }
}

function wrongLength(): StreamError {
  return new StreamError(errorCodes.protocolError, 'a body of another length than said')
}
