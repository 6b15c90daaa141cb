// Finished spans on disk, a JSON line each, in two files of bounded size: what `skiff traces` still shows after a restart.
import { appendFile, readFile, rename, stat } from 'node:fs/promises'
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Span } from '../contract.ts'

export interface TraceFileOptions {
  clock: Clock
  /** `traces.jsonl` in the state folder; the one before it gets `.1` appended. */
  file: string
  maxBytes?: number
}

/** Lines wait this long for others: under load that is one write for many spans. */
const joinMs = 500
const defaultMaxBytes = 4 * 1024 * 1024

export class TraceFile {
  readonly #clock: Clock
  readonly #file: string
  readonly #maxBytes: number
  #pending: Span[] = []
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()
  #bytes: number | undefined

  constructor({ clock, file, maxBytes = defaultMaxBytes }: TraceFileOptions) {
    this.#clock = clock
    this.#file = file
    this.#maxBytes = maxBytes
  }

  /** The spans of earlier runs, oldest first; lines that were cut off are left out. */
  async load(): Promise<Span[]> {
    const texts = await Promise.all([`${this.#file}.1`, this.#file].map(file => readFile(file, 'utf8').catch(() => '')))
    return texts.join('').split('\n').flatMap(spanOf)
  }

  /** Writes it soon. */
  add(span: Span): void {
    this.#pending.push(span)
    this.#timer ??= this.#clock.after(joinMs, () => this.#flush())
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#flush()
    await this.#writing
  }

  #flush(): void {
    this.#timer = undefined
    const spans = this.#pending
    this.#pending = []
    if (spans.length === 0) return
    const text = spans.map(span => `${JSON.stringify(span)}\n`).join('')
    // Traces explain, they decide nothing: what cannot be written is let go.
    this.#writing = this.#writing.then(() => this.#write(text)).catch(() => {})
  }

  async #write(text: string): Promise<void> {
    this.#bytes ??= await stat(this.#file).then(
      ({ size }) => size,
      () => 0,
    )
    if (this.#bytes > this.#maxBytes / 2) {
      await rename(this.#file, `${this.#file}.1`)
      this.#bytes = 0
    }
    await appendFile(this.#file, text, { mode: 0o600 })
    this.#bytes += Buffer.byteLength(text)
  }
}

function spanOf(line: string): Span[] {
  try {
    const span = JSON.parse(line) as Span
    const whole = typeof span.traceId === 'string' && typeof span.spanId === 'string' && typeof span.start === 'number'
    return whole && typeof span.attributes === 'object' && span.attributes !== null ? [span] : []
  } catch {
    return []
  }
}
