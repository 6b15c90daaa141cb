// What telemetry reads out of a request that is over.
import type { FinishedRequest } from '../seams/finished-request.ts'

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
