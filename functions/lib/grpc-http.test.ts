import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { httpStatusOf, parseTimeout } from './grpc-http.ts'

describe('the HTTP status for a gRPC status', () => {
  it.each([
    ['OK', 200],
    ['CANCELLED', 499],
    ['UNKNOWN', 500],
    ['INVALID_ARGUMENT', 400],
    ['DEADLINE_EXCEEDED', 504],
    ['NOT_FOUND', 404],
    ['ALREADY_EXISTS', 409],
    ['PERMISSION_DENIED', 403],
    ['RESOURCE_EXHAUSTED', 429],
    ['FAILED_PRECONDITION', 400],
    ['ABORTED', 409],
    ['OUT_OF_RANGE', 400],
    ['UNIMPLEMENTED', 501],
    ['INTERNAL', 500],
    ['UNAVAILABLE', 503],
    ['DATA_LOSS', 500],
    ['UNAUTHENTICATED', 401],
  ] as const)('%s is %i', (name, http) => {
    expect(httpStatusOf(status[name])).toBe(http)
  })

  it.each([-1, 17, 1.5, Number.NaN])('%d, which nobody has defined, is 500', code => {
    expect(httpStatusOf(code)).toBe(500)
  })
})

describe('grpc-timeout', () => {
  it.each([
    ['2H', 7_200_000],
    ['1M', 60_000],
    ['10S', 10_000],
    ['250m', 250],
    ['500u', 0.5],
    ['99999999n', 99.999999],
  ])('%s is %d ms', (text, ms) => {
    expect(parseTimeout(text)).toBeCloseTo(ms)
  })

  it.each(['', '10', 'S', '1s', '-1S', '1.5S', '123456789S', '1 S'])('"%s" is none', text => {
    expect(parseTimeout(text)).toBeUndefined()
  })
})
