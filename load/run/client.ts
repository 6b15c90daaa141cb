// Sends requests over kept connections with undici, and says in a few words what went wrong.
import { type Dispatcher, Pool } from 'undici'
import type { Outcome } from './ledger.ts'
import type { Profile, Shape } from './profile.ts'

export interface ClientOptions {
  /** Scheme, host and port that requests are sent to. */
  origin: string
  host: string
  profile: Pick<Profile, 'requests' | 'status' | 'flawOf' | 'closes'>
  connections: number
  /** How long an answer may pause. */
  timeoutMs: number
  /** Takes any certificate, such as that of a development listener. */
  insecure?: boolean
  /** Milliseconds, high resolution. */
  now(): number
}

export interface Client {
  /** Sends the next request of the profile. `undefined` when `cut` ended it. */
  send(dueAt: number): Promise<Outcome | undefined>
  /** Ends what is under way. */
  cut(): void
}

/** Connections are opened as they are needed. */
export function client(options: ClientOptions): Client {
  const { origin, profile, connections, timeoutMs, now } = options
  const pool = new Pool(origin, {
    ...{ connections, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
    connect: { timeout: timeoutMs, rejectUnauthorized: !options.insecure },
  })
  const requests = profile.requests.map(shape => dispatchOptions(shape, options))
  let next = 0
  let isCut = false
  return {
    async send(dueAt) {
      const request = requests[next++ % requests.length] as Dispatcher.DispatchOptions
      const answer = await exchange(pool, request, profile.flawOf !== undefined)
      if (isCut && answer.failure) return undefined
      const error = answer.failure ? kindOf(answer.failure, timeoutMs) : flawOf(answer, profile)
      const { status, revision, bytes } = answer
      return { latencyMs: now() - dueAt, status, revision, bytes, ...(error === undefined ? {} : { error }) }
    },
    cut() {
      isCut = true
      pool.destroy().catch(() => {})
    },
  }
}

function dispatchOptions(shape: Shape, { host, profile }: ClientOptions): Dispatcher.DispatchOptions {
  const { method = 'GET', path, headers = {}, body } = shape
  return { method, path, headers: { ...headers, host }, body: body ?? null, reset: profile.closes ?? false }
}

interface Answered {
  status: number
  revision: string
  bytes: number
  /** Empty unless it was wanted. */
  body: string
  /** Why there is no whole answer. */
  failure?: Error
}

function exchange(pool: Pool, request: Dispatcher.DispatchOptions, wantsBody: boolean): Promise<Answered> {
  const answer: Answered = { status: 0, revision: '', bytes: 0, body: '' }
  const chunks: Buffer[] = []
  return new Promise(resolve => {
    const fail = (failure: Error) => resolve({ ...answer, status: 0, failure })
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, status, headers) {
        answer.status = status
        answer.revision = String(headers['x-revision'] ?? '')
      },
      onResponseData(_controller, chunk) {
        answer.bytes += chunk.length
        if (wantsBody) chunks.push(chunk)
      },
      onResponseEnd() {
        answer.body = Buffer.concat(chunks).toString()
        resolve(answer)
      },
      onResponseError: (_controller, error) => fail(error),
    }
    try {
      pool.dispatch(request, handler)
    } catch (error) {
      fail(error as Error)
    }
  })
}

function flawOf({ status, body }: Answered, profile: ClientOptions['profile']): string | undefined {
  const wanted = profile.status ?? 200
  return status === wanted ? profile.flawOf?.(body) : `status ${status} instead of ${wanted}`
}

const kinds: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed before the answer was whole',
  EPIPE: 'connection closed before the answer was whole',
  UND_ERR_SOCKET: 'connection closed before the answer was whole',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'unknown host',
  EADDRNOTAVAIL: 'this machine has no ports left',
  EMFILE: 'this process has too many files open',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate not trusted',
}

/** The kind of a failed exchange: the same words for all of one kind. */
export function kindOf(failure: Error & { code?: string }, timeoutMs: number): string {
  const code = failure.code ?? ''
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return `no answer within ${timeoutMs / 1_000} s`
  return kinds[code] ?? (code || failure.message)
}
