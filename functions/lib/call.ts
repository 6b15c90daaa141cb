// How functions call each other: shaped like fetch, with a deadline, without retries (those belong to the mesh).
import { type Env, perEnv } from './env.ts'

export interface CallOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** From the call to the last byte of the answer, in milliseconds. */
  timeoutMs?: number
  /** Gives the call up: it rejects with an AbortError, or the signal's own reason where that is an Error. */
  signal?: AbortSignal | undefined
}

/** The part of a fetch Response that functions use; a Response is one. */
export interface Answer {
  readonly status: number
  readonly ok: boolean
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  json(): Promise<unknown>
}

export type Send = (url: string, options: CallOptions) => Promise<Answer>

/** The deadline of a call that names none. */
export const defaultTimeoutMs = 5_000

const fetchSend: Send = async (url, { timeoutMs = defaultTimeoutMs, signal, ...init }) => {
  const late = AbortSignal.timeout(timeoutMs)
  const both = signal ? AbortSignal.any([signal, late]) : late
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: both })
  } catch (error) {
    throw signal?.aborted ? givenUp(signal) : error
  }
}

/** What a call rejects with that its signal gave up. Servers name reasons that are no errors. */
export function givenUp({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new DOMException(String(reason), 'AbortError')
}

/** How calls leave: by `fetch` anywhere; the Node server provides pooled connections that know the proxy. */
export const transport = perEnv<Send>('transport', () => fetchSend)

/** Calls another service by its cluster name. Rejects when there is no answer in time; redirects are answers. */
export function call(env: Env, url: string, options: CallOptions = {}): Promise<Answer> {
  return transport(env)(url, options)
}
