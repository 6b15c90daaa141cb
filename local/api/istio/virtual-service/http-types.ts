// What an HTTP rule does to a request besides routing it: redirect, direct response, faults, CORS.
import type { Duration, Percent, StringMatch } from '../fields/types.ts'

export interface HttpRedirect {
  /** The whole new path. */
  uri?: string
  authority?: string
  /** One of `port` and `derivePort`. */
  port?: number
  derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'
  scheme?: string
  /** Default 301. */
  redirectCode?: number
}

export interface HttpDirectResponse {
  status: number
  body?: HttpBody
}

/** One of the two. */
export interface HttpBody {
  string?: string
  /** Base64. */
  bytes?: string
}

export interface HttpFaultInjection {
  delay?: HttpFaultDelay
  abort?: HttpFaultAbort
}

/** Without a percentage it never happens. */
export interface HttpFaultDelay {
  /** Deprecated: whole percents; `percentage` wins. */
  percent?: number
  /** One of the two delays. */
  fixedDelay?: Duration
  exponentialDelay?: Duration
  percentage?: Percent
}

/** Without a percentage it never happens. */
export interface HttpFaultAbort {
  /** One of the three errors. */
  httpStatus?: number
  /** The name of a gRPC code: `UNAVAILABLE`. */
  grpcStatus?: string
  http2Error?: string
  percentage?: Percent
}

export interface CorsPolicy {
  /** Deprecated: exact origins. */
  allowOrigin?: string[]
  allowOrigins?: StringMatch[]
  allowMethods?: string[]
  allowHeaders?: string[]
  exposeHeaders?: string[]
  maxAge?: Duration
  allowCredentials?: boolean
  /** What becomes of a preflight of another origin; default FORWARD. */
  unmatchedPreflights?: 'UNSPECIFIED' | 'FORWARD' | 'IGNORE'
}
