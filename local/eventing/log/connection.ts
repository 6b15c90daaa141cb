// The main thread's end of the line to the log's worker: calls with answers, and what the worker says by itself.
import { Worker } from 'node:worker_threads'
import { SkiffError } from '../../kernel/errors.ts'
import type { LogReply, LogRequest } from './protocol.ts'

type Opened = LogReply & { type: 'opened' }
// A request before it has its number; distributes over the kinds of requests.
type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

interface Call {
  resolve(reply: LogReply): void
  reject(error: Error): void
}

/** Use `connect`. */
export class Connection {
  readonly opened: Opened
  /** Called with what the worker says unasked: sizes, and failures of its own work. */
  onNotice: (reply: LogReply) => void = () => {}
  /** Called once when the worker is gone. */
  onLost: (error: Error) => void = () => {}
  readonly #worker: Worker
  readonly #calls = new Map<number, Call>()
  #lastId = 0
  #lost: Error | undefined

  constructor(worker: Worker, opened: Opened) {
    this.#worker = worker
    this.opened = opened
    worker.on('message', (reply: LogReply) => this.#receive(reply))
    worker.on('error', error => this.#lose(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => this.#lose(closed()))
  }

  /** Resolves with the answer; rejects when the worker reports a failure or is gone. */
  call(request: Unnumbered<LogRequest>, transfer: ArrayBuffer[] = []): Promise<LogReply> {
    if (this.#lost) return Promise.reject(this.#lost)
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject })
      this.#worker.postMessage({ ...request, id }, transfer)
    })
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    if (this.#lost) return
    this.onLost = () => {}
    await this.call({ type: 'close' })
    this.#lost = closed()
    await this.#worker.terminate()
  }

  #receive(reply: LogReply): void {
    if (!('id' in reply) || reply.id === undefined) {
      this.onNotice(reply)
      return
    }
    const call = this.#calls.get(reply.id)
    this.#calls.delete(reply.id)
    if (reply.type === 'failed') call?.reject(new Error(reply.message))
    else call?.resolve(reply)
  }

  #lose(error: Error): void {
    if (this.#lost) return
    this.#lost = error
    for (const call of this.#calls.values()) call.reject(error)
    this.#calls.clear()
    this.onLost(error)
  }
}

/** All that the worker makes is short-lived: with more room it would only come to hold more garbage. */
const maxYoungGenerationSizeMb = 8

const closed = () => new Error('the event log is closed')

/** Starts the worker on `file`. Rejects with a `SkiffError` when that cannot be opened as a log. */
export async function connect(file: string): Promise<Connection> {
  // The flags of this process are not the worker's: some (-e) would make it run something else.
  const options = { workerData: { file }, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb } }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), options)
  const first = await new Promise<LogReply>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if (first.type === 'opened') return new Connection(worker, first)
  await worker.terminate()
  const reason = first.type === 'failed' ? first.message : first.type
  throw new SkiffError(`${file}: ${reason}. Remove the file to start with an empty event log.`)
}
