// What a load profile is: whom it asks for what, in which model, for how long, and what is good enough.

export interface Profile {
  name: string
  /** A sentence for the list of profiles. */
  about: string
  /** The Host of the requests; `--host` overrides it. */
  host: string
  /** Sent one after the other, from the first again after the last. */
  requests: readonly [Shape, ...Shape[]]
  model: Model
  limit: Limit
  thresholds: Thresholds
  /** The status of a good answer; 200 unless set. */
  status?: number
  /** What is wrong with the body of an answer of that status; undefined when nothing is. */
  flawOf?(body: string): string | undefined
  /** A new connection for each request. */
  closes?: boolean
}

/** One request. */
export interface Shape {
  method?: 'GET' | 'POST'
  path: string
  headers?: Readonly<Record<string, string>>
  body?: string
}

/**
 * Closed: so many workers, each of which sends its next request when the last one was answered, after a random pause of
 * at most `pauseMs`. Open: requests arrive at a pace whether or not earlier ones were answered, evenly or at random.
 */
export type Model =
  | { kind: 'closed'; workers: number; pauseMs?: number }
  | { kind: 'open'; perSecond: number; arrivals?: 'even' | 'random' }

/** The run ends with whichever comes first; one of them is set. */
export interface Limit {
  requests?: number
  seconds?: number
}

export interface Thresholds {
  /** Milliseconds of the slowest of a hundred requests. */
  p99: number
  /** Requests without a good answer: a number, or a share of all. */
  errors: { count: number } | { share: number }
}

export function modelText(model: Model): string {
  if (model.kind === 'open')
    return `open model, ${model.perSecond} a second${model.arrivals === 'random' ? ', at random' : ''}`
  const pause = model.pauseMs ? `, pauses of up to ${model.pauseMs} ms` : ''
  return `closed model, ${model.workers} worker${model.workers === 1 ? '' : 's'}${pause}`
}

export function limitText({ requests, seconds }: Limit): string {
  const parts = [requests && `${requests.toLocaleString('en')} requests`, seconds && `${seconds} s`]
  return parts.filter(Boolean).join(', at most ')
}
