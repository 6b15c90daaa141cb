// Cross-origin policies.
import { durationFlaws } from '../fields/duration.ts'
import { regexMatchFlaws } from '../fields/string-match.ts'
import type { StringMatch } from '../fields/types.ts'
import { eachItem, type Finding, flaw, flawIf, listedFlaw, quoted } from '../finding.ts'
import { milliseconds } from '../proto/go-duration.ts'
import type { CorsPolicy } from './http-types.ts'
import { headerToken } from './validate-headers.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']

export function corsFlaws(policy: CorsPolicy | undefined, path: string): Finding[] {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAge } = policy ?? {}
  return [
    ...eachItem(allowOrigins, `${path}.allowOrigins`, originFlaws),
    ...eachItem(allowMethods, `${path}.allowMethods`, (method, at) =>
      flawIf(!methods.includes(method), at, `${quoted(method)} is not a supported HTTP method`),
    ),
    ...eachItem(allowHeaders, `${path}.allowHeaders`, headerFlaws),
    ...eachItem(exposeHeaders, `${path}.exposeHeaders`, headerFlaws),
    ...durationFlaws(maxAge, `${path}.maxAge`),
    ...(milliseconds(maxAge) % 1000 > 0
      ? [listedFlaw(`${path}.maxAge`, 'max_age duration is accurate only to seconds precision')]
      : []),
  ]
}

function originFlaws(origin: StringMatch, path: string): Finding[] {
  if (!(origin.exact || origin.prefix || origin.regex)) {
    return [flaw(path, "'' is not a valid match type for CORS allow origins")]
  }
  return regexMatchFlaws(origin, 'corsPolicy.allowOrigins', path)
}

function headerFlaws(name: string, path: string): Finding[] {
  if (name === '') return [flaw(path, 'header name cannot be empty')]
  return headerToken.test(name) ? [] : [flaw(path, `header name ${name} is not a valid header name`)]
}
