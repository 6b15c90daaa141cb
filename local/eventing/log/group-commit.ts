// Writes to the log's file: one commit is under way at a time, and what arrives meanwhile rides together in the next.
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { type Append, pack, sizeOf, takeBatch } from './batch.ts'
import { type Capacity, LogFull } from './capacity.ts'
import type { Connection } from './connection.ts'
import type { ProgressUpdate } from './protocol.ts'
import { type LoggedEvent, recordOf } from './record.ts'

export interface GroupCommitOptions {
  connection: Pick<Connection, 'call'>
  capacity: Capacity
  clock: Clock
  log: Log
  /** The number of the newest entry on disk. */
  last: number
  /** What triggers have done since the last call. */
  collect(): ProgressUpdate[]
  /** These entries are on disk; `first` is the number of the first. */
  published(first: number, batch: readonly Append[]): void
}

const maxCommitBytes = 4 * 1024 * 1024
/** How long saving what triggers have done may wait for an append to ride with. */
const saveDelayMs = 20
const repeatAfterMs = 1_000

export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #waiting: Append[] = []
  #progress: ProgressUpdate[] = []
  #forget: string[] = []
  #saveTimer: Timer | undefined
  #committing = false
  #wanted = false
  // After a failed commit its changes are tried again before newer ones are collected.
  #retrying = false
  #last: number
  #broken: Error | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#last = options.last
  }

  /** The number of the newest entry, on disk or on its way there. */
  get last(): number {
    return this.#last
  }

  /** True while what the disk says of its size may not be the newest. */
  get committing(): boolean {
    return this.#committing
  }

  append(broker: string, logged: LoggedEvent, reserve: boolean): Promise<number> {
    if (this.#broken) return Promise.reject(this.#broken)
    const record = recordOf(logged)
    if (!this.#options.capacity.enter(record.length, reserve)) return Promise.reject(new LogFull())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ broker, logged, record, resolve, reject })
      this.commit()
    })
  }

  /** Saves where a trigger begins. */
  save(update: ProgressUpdate): void {
    this.#forget = this.#forget.filter(one => one !== update.trigger)
    this.#progress.push(update)
    this.commit()
  }

  /** Removes what is saved of a trigger. */
  forget(trigger: string): void {
    this.#progress = this.#progress.filter(one => one.trigger !== trigger)
    this.#forget.push(trigger)
    this.commit()
  }

  /** There is something to collect: it is saved with the next append, or in 20 ms. */
  touch(): void {
    this.#saveTimer ??= this.#options.clock.after(saveDelayMs, () => {
      this.#saveTimer = undefined
      this.commit()
    })
  }

  /** Commits in this turn, or right after the commit that is under way. */
  commit(): void {
    this.#wanted = true
    if (this.#committing || this.#broken) return
    this.#committing = true
    queueMicrotask(() => void this.#run())
  }

  /** Writes what waits; from then on everything is refused with `reason`. */
  async close(reason: Error): Promise<void> {
    this.#saveTimer?.cancel()
    while (this.#committing) await new Promise(resolve => setImmediate(resolve))
    this.#committing = true
    while ((await this.#commitOnce()) && this.#waiting.length > 0);
    this.break(reason)
  }

  /** Refuses what waits and what comes. */
  break(error: Error): void {
    this.#broken ??= error
    for (const one of this.#waiting.splice(0)) one.reject(this.#broken)
  }

  async #run(): Promise<void> {
    do {
      this.#wanted = false
      if (!(await this.#commitOnce())) break
    } while (this.#wanted || this.#waiting.length > 0)
    this.#committing = false
  }

  /** False when the disk refused. What triggers have done is then tried again later. */
  async #commitOnce(): Promise<boolean> {
    const { connection, capacity, collect, published } = this.#options
    const batch = takeBatch(this.#waiting, maxCommitBytes)
    capacity.leaveFor(sizeOf(batch))
    const forget = this.#forget.splice(0)
    if (!this.#retrying) this.#progress.push(...collect())
    const progress = this.#progress.splice(0)
    const first = this.#last + 1
    this.#last += batch.length
    const entries = batch.length > 0 ? pack(first, batch) : undefined
    try {
      const transfer = entries ? [entries.records.buffer] : []
      const reply = await connection.call({ type: 'commit', entries, progress, forget }, transfer)
      if (reply.type === 'committed') capacity.hold(reply.size)
      this.#retrying = false
      published(first, batch)
      return true
    } catch (error) {
      this.#progress.unshift(...progress)
      this.#forget.unshift(...forget)
      this.#refuse(batch, error)
      return false
    }
  }

  #refuse(batch: readonly Append[], error: unknown): void {
    const { log, capacity, clock } = this.#options
    log('error', `the event log could not be written: ${messageOf(error)}`)
    capacity.drop(sizeOf(batch))
    for (const one of batch) one.reject(error instanceof Error ? error : new Error(messageOf(error)))
    this.#retrying = true
    clock.after(repeatAfterMs, () => this.commit())
  }
}
