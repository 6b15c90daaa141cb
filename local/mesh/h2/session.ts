// One connection of HTTP/2, as server or as client: frames in, frames out, whatever carries the bytes.
import { Calm } from './calm.ts'
import { acknowledgesSettings, lastStreamOf, openedBy, pingedWith, resetCodeOf } from './control-frames.ts'
import { type Frame, FrameReader } from './frame-reader.ts'
import { HeaderBlocks, type Message, mostHeaderBytes } from './header-blocks.ts'
import { checkRequest } from './header-rules.ts'
import { unpadded } from './padding.ts'
import {
  ConnectionError,
  defaultWindow,
  errorCodes,
  flags,
  frameTypes,
  preface,
  StreamError,
  settingIds,
} from './protocol.ts'
import { ReceiveWindow } from './receive-window.ts'
import { Sender } from './sender.ts'
import { readSettings, writeSettings } from './settings.ts'
import { StreamState, type StreamUser, streamWindow } from './stream.ts'
import { Handle, type Stream } from './stream-handle.ts'
import { Streams } from './streams.ts'

/** Bytes a peer may send on all streams before the window is opened again. */
const connectionWindow = 16 * 1_024 * 1_024
const mostStreams = 1_024

export interface SessionOptions {
  role: 'server' | 'client'
  /** Milliseconds since whenever; without it a peer's floods are counted over the connection's whole life. */
  now?(): number
  /** Takes what is to be written, in order: once a `flush`. */
  write(parts: Buffer[]): void
  /** A peer opened a stream: who takes it. Servers only. */
  onStream?(stream: Stream): StreamUser
  /** No stream can be opened any more; those under way may still end. Told once. */
  onGoAway?(): void
  /** The connection cannot go on: every stream was told; end the transport once everything is written. */
  onBroken(error: Error): void
}

export class Session {
  readonly #options: SessionOptions
  readonly #sender = new Sender()
  readonly #headers = new HeaderBlocks()
  readonly #reader = new FrameReader()
  readonly #calm: Calm
  readonly #streams: Streams
  readonly #window = new ReceiveWindow(connectionWindow)
  #preface = ''
  #leaving = false
  #refusing = false
  #over = false
  #settled = false

  readonly #byType: Readonly<Record<number, (frame: Frame) => void>> = {
    [frameTypes.data]: frame => this.#data(frame),
    [frameTypes.headers]: frame => this.#message(this.#headers.begin(frame)),
    [frameTypes.continuation]: frame => this.#message(this.#headers.more(frame)),
    [frameTypes.rstStream]: frame => this.#resetByPeer(frame),
    [frameTypes.settings]: frame => this.#settings(frame),
    [frameTypes.ping]: frame => this.#ping(frame),
    [frameTypes.goAway]: frame => this.#left(frame),
    [frameTypes.windowUpdate]: frame => this.#opened(frame),
    [frameTypes.pushPromise]: () => {
      throw new ConnectionError(errorCodes.protocolError, 'a push that nobody asked for')
    },
  }

  constructor(options: SessionOptions) {
    this.#options = options
    this.#streams = new Streams(options.role)
    this.#calm = new Calm(options.now ?? (() => 0))
    if (options.role === 'client') this.#sender.raw(Buffer.from(preface))
    const settings = new Map<number, number>([[settingIds.initialWindowSize, streamWindow]])
    if (options.role === 'client') settings.set(settingIds.enablePush, 0)
    else settings.set(settingIds.maxConcurrentStreams, mostStreams)
    settings.set(settingIds.maxHeaderListSize, mostHeaderBytes)
    this.#sender.frame(frameTypes.settings, 0, 0, writeSettings(settings))
    this.#sender.windowUpdate(0, connectionWindow - defaultWindow)
  }

  /** Streams under way. */
  get active(): number {
    return this.#streams.size
  }

  /** The peer has sent its settings, which it does as soon as it takes the connection. */
  get greeted(): boolean {
    return this.#settled
  }

  /** True when a client may open one more. */
  get open(): boolean {
    const { maxConcurrentStreams } = this.#sender.peer
    return !this.#over && !this.#leaving && !this.#streams.usedUp && this.#streams.size < maxConcurrentStreams
  }

  /** Bytes of the peer. Never throws: a connection that cannot go on is told so, and `onBroken` called. */
  receive(data: Buffer): void {
    if (this.#over) return
    try {
      const rest = this.#options.role === 'server' ? this.#afterPreface(data) : data
      this.#reader.feed(rest, frame => {
        if (!this.#over) this.#take(frame)
      })
    } catch (error) {
      this.#broken(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Opens a stream; only when `open`. */
  request(headers: readonly string[], end: boolean, user: StreamUser): Stream {
    const stream = this.#add(this.#streams.takeId(), user)
    stream.headers(headers, end)
    return stream
  }

  flush(): void {
    const parts = this.#sender.take()
    if (parts.length > 0) this.#options.write(parts)
    if (!this.#sender.held) this.#calm.written()
  }

  /** No new streams; those under way go on. */
  goAway(): void {
    if (this.#over || this.#refusing) return
    this.#refusing = true
    this.#leaving = true
    this.#sender.goAway(this.#streams.lastOfPeer, errorCodes.noError)
  }

  /** The transport is full, or takes more again. */
  hold(held: boolean): void {
    if (held) this.#sender.held = true
    else this.#sender.released(this.#streams.states())
  }

  /** The transport is gone: every stream under way is told. */
  lost(): void {
    if (this.#over) return
    this.#over = true
    this.#endAll(errorCodes.cancel, false)
  }

  #add(id: number, user: StreamUser | undefined): Handle {
    const state = new StreamState(id, this.#sender.peer.initialWindowSize, streamWindow)
    state.user = user
    const handle = new Handle(state, this.#sender, {
      role: this.#options.role,
      over: served => {
        this.#remove(state)
        if (served) this.#calm.served()
      },
      windowUpdate: bytes => this.#sender.windowUpdate(id, bytes),
    })
    this.#streams.add(handle)
    return handle
  }

  #remove(state: StreamState): void {
    state.closed = true
    this.#sender.forget(state)
    this.#streams.remove(state)
  }

  #afterPreface(data: Buffer): Buffer {
    if (this.#preface.length === preface.length) return data
    const missing = preface.length - this.#preface.length
    this.#preface += data.toString('latin1', 0, missing)
    if (!preface.startsWith(this.#preface)) throw new ConnectionError(errorCodes.protocolError, 'no preface')
    return data.subarray(missing)
  }

  #take(frame: Frame): void {
    this.#requireOrder(frame)
    try {
      const take = this.#byType[frame.type]
      // PRIORITY says nothing any more, and unknown types are for extensions.
      if (take) take(frame)
      else this.#calm.disturbed()
    } catch (error) {
      if (!(error instanceof StreamError)) throw error
      this.#resetByUs(frame.stream, error.code)
    }
  }

  /** Settings come first, and nothing in between the pieces of a header block. */
  #requireOrder(frame: Frame): void {
    if (!this.#settled && frame.type !== frameTypes.settings) {
      throw new ConnectionError(errorCodes.protocolError, 'no settings at first')
    }
    this.#settled = true
    this.#headers.requireOrder(frame)
  }

  #data(frame: Frame): void {
    this.#streams.requireKnown(frame.stream)
    const opened = this.#window.take(frame.payload.length)
    if (opened > 0) this.#sender.windowUpdate(0, opened)
    if (frame.payload.length === 0) this.#calm.disturbed()
    const handle = this.#streams.get(frame.stream)
    if (!handle) return
    handle.receiveData(unpadded(frame), frame.payload.length, (frame.flags & flags.endStream) !== 0)
  }

  #message(message: Message | undefined): void {
    // A piece of a block asks for nothing yet.
    if (!message) {
      this.#calm.disturbed()
      return
    }
    const { stream, headers, end } = message
    const handle = this.#streams.get(stream)
    if (handle) handle.receiveHeaders(headers, end)
    else if (this.#streams.opensByHeaders(stream)) this.#accept(message)
    else this.#streams.requireKnown(stream)
  }

  #accept({ stream: id, headers, end }: Message): void {
    this.#streams.lastOfPeer = id
    if (this.#refusing || this.#streams.size >= mostStreams) {
      throw new StreamError(errorCodes.refusedStream, 'too many streams')
    }
    checkRequest(headers)
    const handle = this.#add(id, undefined)
    handle.state.user = this.#options.onStream?.(handle)
    handle.receiveHeaders(headers, end)
  }

  #resetByPeer(frame: Frame): void {
    this.#streams.requireKnown(frame.stream)
    const code = resetCodeOf(frame)
    const handle = this.#streams.get(frame.stream)
    // Whoever gives up what was being answered did not ask for nothing.
    if (!handle?.state.headersSent) this.#calm.disturbed()
    if (!handle) return
    this.#remove(handle.state)
    handle.state.user?.onReset(code, false)
  }

  /** Also of streams that are gone already: a reset is all there is to say then. */
  #resetByUs(id: number, code: number): void {
    const handle = this.#streams.get(id)
    this.#calm.disturbed()
    this.#sender.reset(id, code)
    if (!handle) return
    this.#remove(handle.state)
    handle.state.user?.onReset(code, true)
  }

  #settings(frame: Frame): void {
    if (acknowledgesSettings(frame)) return
    this.#calm.acknowledged()
    this.#sender.adopt(readSettings(frame.payload, this.#sender.peer), this.#streams.states())
    this.#sender.frame(frameTypes.settings, flags.ack, 0)
  }

  #ping(frame: Frame): void {
    const payload = pingedWith(frame)
    if (!payload) return
    this.#calm.acknowledged()
    this.#sender.frame(frameTypes.ping, flags.ack, 0, payload)
  }

  /** Streams the peer will not look at any more are told so: they can be asked elsewhere without harm. */
  #left(frame: Frame): void {
    const last = lastStreamOf(frame)
    if (!this.#leaving) this.#options.onGoAway?.()
    this.#leaving = true
    if (this.#options.role === 'server') return
    for (const state of this.#streams.states()) {
      if (state.id <= last) continue
      this.#remove(state)
      state.user?.onReset(errorCodes.refusedStream, false)
    }
  }

  #opened(frame: Frame): void {
    const { stream } = frame
    const bytes = openedBy(frame)
    if (stream === 0) {
      if (bytes === 0) throw new ConnectionError(errorCodes.protocolError, 'a window opened by nothing')
      this.#sender.opened(undefined, bytes)
      return
    }
    this.#streams.requireKnown(stream)
    if (bytes === 0) throw new StreamError(errorCodes.protocolError, 'a window opened by nothing')
    const handle = this.#streams.get(stream)
    if (handle) this.#sender.opened(handle.state, bytes)
  }

  #broken(error: Error): void {
    const code = error instanceof ConnectionError ? error.code : errorCodes.internalError
    this.#sender.goAway(this.#streams.lastOfPeer, code)
    this.flush()
    this.#over = true
    this.#endAll(errorCodes.protocolError, true)
    this.#options.onBroken(error)
  }

  #endAll(code: number, byUs: boolean): void {
    for (const state of [...this.#streams.states()]) {
      this.#remove(state)
      state.user?.onReset(code, byUs)
    }
  }
}
