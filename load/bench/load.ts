// Closed-loop load on one URL, each answer checked.
import autocannon from 'autocannon'

export interface LoadResult {
  perSecond: number
  requests: number
  /** Answers with another status, a body that is not right, or none at all. */
  wrong: number
  p50: number
  p99: number
}

export interface LoadOptions {
  url: string
  host: string
  connections: number
  /** How long, or how many requests: what a request costs is measured by number, since code is compiled by use. */
  for: { seconds: number } | { requests: number }
  headers?: Record<string, string>
  verify?: (body: string) => boolean
}

export async function load({ url, host, connections, for: limit, headers, verify }: LoadOptions): Promise<LoadResult> {
  const result = await autocannon({
    url,
    connections,
    ...('seconds' in limit ? { duration: limit.seconds } : { amount: limit.requests }),
    headers: { host, ...headers },
    ...(verify ? { verifyBody: (body: unknown) => verify(String(body)) } : {}),
  })
  return {
    perSecond: result.requests.total / result.duration,
    requests: result.requests.total,
    wrong: result.non2xx + result.errors + result.timeouts + result.mismatches,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }
}
