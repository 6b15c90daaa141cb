// Topics without a server for them: one log of the store, which every instance on the same store reads on.
import { randomUUID } from 'node:crypto'
import { setImmediate as immediate } from 'node:timers/promises'
import { createInbox, type Inbox } from './inbox.ts'
import { type Store, StoreUnavailable } from './store.ts'
import type { Topics } from './topics.ts'

const log = 'topics'
/** Milliseconds until an instance hears of what another published; its own messages it hears at once. */
const pollMs = 100
const page = 500
/** Milliseconds a message stays; who did not read for longer may have missed some. */
const keptMs = 60_000

interface Said {
  topic: string
  message: unknown
  at: number
}

/** `now` in milliseconds since the epoch. The store stays open when the topics are closed. */
export function openStoreTopics(store: Store, now: () => number = Date.now): Topics {
  return new StoreTopics(store, now)
}

class StoreTopics implements Topics {
  readonly #store: Store
  readonly #now: () => number
  readonly #inboxes = new Map<string, Set<Inbox>>()
  #position = 0
  #readAt = 0
  #swept = 0
  #reading: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  async publish(topic: string, message: unknown): Promise<void> {
    await this.#store.append(log, randomUUID(), { topic, message: message ?? null, at: this.#now() } satisfies Said)
    if (this.#inboxes.size > 0) void this.#readOn()
    // The message is said whatever becomes of older ones.
    if (this.#now() - this.#swept > keptMs) await this.#sweep().catch(() => {})
  }

  async subscribe(topic: string, signal?: AbortSignal): Promise<AsyncIterableIterator<unknown>> {
    // Those who listen already get what is there first; the new one begins behind it.
    if (this.#inboxes.size > 0) await this.#readOn()
    else {
      this.#position = await this.#store.last(log)
      this.#readAt = this.#now()
    }
    const inbox = createInbox(ended => this.#leave(topic, ended))
    const group = this.#inboxes.get(topic) ?? new Set()
    this.#inboxes.set(topic, group.add(inbox))
    this.#timer ??= setInterval(() => void this.#readOn(), pollMs).unref()
    if (signal?.aborted) inbox.end()
    signal?.addEventListener('abort', () => inbox.end(), { once: true })
    return inbox
  }

  async close(): Promise<void> {
    this.#endAll()
    await this.#reading
  }

  #leave(topic: string, inbox: Inbox): void {
    const group = this.#inboxes.get(topic)
    group?.delete(inbox)
    if (group?.size === 0) this.#inboxes.delete(topic)
    if (this.#inboxes.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** One reading at a time; a store that is away is asked again by the next one. */
  #readOn(): Promise<void> {
    this.#reading ??= this.#read()
      .catch(() => {})
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  async #read(): Promise<void> {
    for (let full = true; full; ) {
      const entries = await this.#store.read(log, this.#position, page)
      const late = this.#now() - this.#readAt > keptMs
      if (late)
        return this.#endAll(new StoreUnavailable('the topics were not read for too long: messages may be missing'))
      this.#readAt = this.#now()
      for (const { position, entry } of entries) {
        this.#position = position
        const { topic, message } = entry as Said
        for (const inbox of this.#inboxes.get(topic) ?? []) inbox.push(message)
      }
      full = entries.length === page
      // Whoever takes at once is not to fall behind because much was there.
      if (full) await immediate()
    }
  }

  #endAll(error?: Error): void {
    for (const inbox of [...this.#inboxes.values()].flatMap(group => [...group])) inbox.end(error)
  }

  async #sweep(): Promise<void> {
    this.#swept = this.#now()
    for (;;) {
      const entries = await this.#store.read(log, 0, page)
      const old = entries.filter(({ entry }) => (entry as Said).at < this.#swept - keptMs)
      const last = old.at(-1)
      if (last) await this.#store.trim(log, last.position)
      if (old.length < page) return
    }
  }
}
