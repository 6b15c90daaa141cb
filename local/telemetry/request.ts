// What telemetry reads of a request that is over; the mesh's own record has this shape.

/** Who called, or where a request went: a workload as metrics and spans name it. */
export interface Caller {
  namespace: string
  serviceAccount: string
  labels: Readonly<Record<string, string>>
  /** The pod. */
  name: string
}

export interface FinishedRequest {
  /** Milliseconds since the epoch. */
  startedAt: number
  durationMs: number
  door: 'gateway' | 'outbound'
  port: number
  method: string
  host: string
  target: string
  status: number
  /** Envoy's response flags, `-` for none. */
  flags: string
  details: string
  route: string
  /** `outbound|80||service-a.greeting.svc.cluster.local`; empty when none was found. */
  cluster: string
  upstreamAddress: string
  revision: { namespace: string; revision: string } | undefined
  caller: Caller | undefined
  receivedBytes: number
  sentBytes: number
  /** Flat, names in lower case. */
  headers: readonly string[]
  peer: string
  contentType: string
  /** The pod that took it, and for how many milliseconds none did. */
  instance: string
  waitedMs: number
  span: unknown
}

/** The host, port and subset in a cluster's name; undefined where there is none. */
export function serviceOf(cluster: string): { host: string; port: number; subset: string } | undefined {
  const [direction, port = '', subset = '', host = ''] = cluster.split('|')
  return direction === 'outbound' && host !== '' ? { host, port: Number(port), subset } : undefined
}

export function isGrpc({ contentType }: Pick<FinishedRequest, 'contentType'>): boolean {
  return contentType.startsWith('application/grpc')
}

/** The value of the first line of that name (lower case). */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return headers[index + 1]
  return undefined
}
