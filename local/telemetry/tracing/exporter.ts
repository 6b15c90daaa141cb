// Hands spans to a collector over OTLP/HTTP: from a bounded queue, with retries, and never in anybody's way.
import type { Clock, Timer } from '../../kernel/clock.ts'
import { exitCodes, messageOf, SkiffError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { Random } from '../../kernel/random.ts'
import type { Span } from '../contract.ts'
import { exportRequest } from './otlp.ts'

export interface ExporterTarget {
  /** Of the traces: `http://localhost:4318/v1/traces`. */
  url: string
  headers: Readonly<Record<string, string>>
}

export interface ExporterOptions extends ExporterTarget {
  clock: Clock
  random: Random
  log: Log
}

const joinMs = 1_000
const batchSize = 512
/** Spans that may wait; beyond that the oldest are let go. */
const mostWaiting = 8_192
const requestTimeoutMs = 10_000
const back = { firstMs: 1_000, longestMs: 30_000 }
/** What OTLP/HTTP says may be tried again; anything else will not get better. */
const retryable: readonly number[] = [429, 502, 503, 504]

export class Exporter {
  readonly #options: ExporterOptions
  readonly #waiting: Span[] = []
  #timer: Timer | undefined
  #sending: Promise<void> | undefined
  #dropped = 0
  #failures = 0

  constructor(options: ExporterOptions) {
    this.#options = options
  }

  /** Spans that no collector will get, because too many waited or it refused them. */
  get dropped(): number {
    return this.#dropped
  }

  add(span: Span): void {
    this.#waiting.push(span)
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.shift()
      this.#dropped++
    }
    this.#schedule(joinMs)
  }

  /** Sends what waits, once. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#sending
    this.#timer?.cancel()
    if (this.#waiting.length > 0) await this.#send()
    this.#timer?.cancel()
  }

  #schedule(ms: number): void {
    if (this.#timer || this.#sending) return
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined
        if (this.#waiting.length > 0) this.#schedule(this.#pause())
      })
    })
  }

  async #send(): Promise<void> {
    const batch = this.#waiting.splice(0, batchSize)
    const outcome = await this.#post(batch)
    if (outcome === 'again') {
      // The newest are worth more than the oldest when there is no room for all.
      const room = Math.max(0, mostWaiting - this.#waiting.length)
      this.#dropped += Math.max(0, batch.length - room)
      this.#waiting.unshift(...batch.slice(Math.max(0, batch.length - room)))
      this.#failures++
      return
    }
    this.#failures = 0
    if (outcome === 'refused') this.#dropped += batch.length
  }

  async #post(batch: readonly Span[]): Promise<'taken' | 'again' | 'refused'> {
    const { url, headers, log } = this.#options
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(exportRequest(batch)),
        signal: AbortSignal.timeout(requestTimeoutMs),
      })
      await answer.arrayBuffer()
      if (answer.ok) return 'taken'
      const again = retryable.includes(answer.status)
      if (!again) log('warn', `the collector at ${url} refused ${batch.length} spans: ${answer.status}`)
      return again ? 'again' : 'refused'
    } catch (error) {
      if (this.#failures === 0) log('warn', `the collector at ${url} cannot be reached: ${messageOf(error)}`)
      return 'again'
    }
  }

  /** Longer with each failure, and never the same for two that failed at once. */
  #pause(): number {
    if (this.#failures === 0) return this.#waiting.length >= batchSize ? 0 : joinMs
    const longest = Math.min(back.longestMs, back.firstMs * 2 ** (this.#failures - 1))
    return longest * (0.5 + this.#options.random.next() / 2)
  }
}

/**
 * Where OpenTelemetry's variables say that traces go; undefined: nowhere. Throws a `SkiffError` of wrong usage for what cannot be a URL.
 * OTEL_EXPORTER_OTLP_ENDPOINT is a base to which the path of the signal is added.
 */
export function exporterTarget(env: Readonly<Record<string, string | undefined>>): ExporterTarget | undefined {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT
  const text = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || (base ? `${base.replace(/\/+$/, '')}/v1/traces` : '')
  if (text === '' || env.OTEL_SDK_DISABLED === 'true') return undefined
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    const sentence = `OTEL_EXPORTER_OTLP_ENDPOINT is "${base ?? text}", it should be a URL such as http://localhost:4318`
    throw new SkiffError(sentence, exitCodes.usage)
  }
  return {
    url: text,
    headers: headersOf(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
  }
}

/** `key=value,key=value`, values percent-encoded. */
function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap(pair => {
    const at = pair.indexOf('=')
    return at > 0 ? [[pair.slice(0, at).trim().toLowerCase(), decoded(pair.slice(at + 1).trim())] as const] : []
  })
  return Object.fromEntries(pairs)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
