// What Envoy's router knows of gRPC: the caller's deadline, and what a status of gRPC would be in HTTP.
import { type HeaderList, headerOf } from '../../codec/head.ts'
import { setInPlace } from '../../codec/header-lines.ts'

/**
 * Milliseconds the whole call may take, 0 for no limit: the caller's `grpc-timeout`, but never more than the route allows
 * (istio pilot/pkg/networking/core/route: max_grpc_timeout is the route's timeout).
 */
export function grpcTimeout(headers: HeaderList, routeMs: number): number {
  const wanted = timeoutOf(headerOf(headers, 'grpc-timeout') ?? '')
  if (routeMs === 0) return wanted
  return wanted === 0 ? routeMs : Math.min(wanted, routeMs)
}

const unitMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1 / 1_000, n: 1 / 1_000_000 }

/** `100m` is 100; whatever is no timeout is 0, as none. */
function timeoutOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,20})([HMSmun])/.exec(text) ?? []
  return digits === undefined ? 0 : Math.ceil(Number(digits) * (unitMs[unit] ?? 0))
}

const mostDigits = 99_999_999

/** Tells the next one how long the call may still take. */
export function setGrpcTimeout(headers: HeaderList, ms: number): void {
  let value = ms
  let unit = 'm'
  for (const [larger, factor] of [
    ['S', 1_000],
    ['M', 60],
    ['H', 60],
  ] as const) {
    if (value <= mostDigits) break
    value = Math.floor(value / factor)
    unit = larger
  }
  setInPlace(headers, 'grpc-timeout', `${Math.min(value, mostDigits)}${unit}`)
}

/** What an answer counts as for outlier detection: its `grpc-status`, where it says one at once. */
export function statusOfAnswer(status: number, headers: HeaderList): number {
  const grpcStatus = headerOf(headers, 'grpc-status')
  if (grpcStatus === undefined || !/^\d+$/.test(grpcStatus)) return status
  return httpStatuses[Number(grpcStatus)] ?? 500
}

// By the number of gRPC's status, from 0 (envoy source/common/grpc/status.cc).
const httpStatuses = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]
