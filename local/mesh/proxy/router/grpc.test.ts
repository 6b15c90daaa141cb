import { describe, expect, it } from 'vitest'
import { grpcTimeout, setGrpcTimeout, statusOfAnswer } from './grpc.ts'

describe('the time of a gRPC call', () => {
  it.each([
    ['the caller’s, where the route has none', '1500m', 0, 1_500],
    ['the caller’s, where it is shorter', '1S', 5_000, 1_000],
    ['the route’s, where it is shorter', '1M', 5_000, 5_000],
    ['the route’s, where the caller says none', '', 5_000, 5_000],
    ['the route’s, where the caller says nothing of use', 'soon', 5_000, 5_000],
    ['none, where nobody says any', '', 0, 0],
    ['in hours', '2H', 0, 7_200_000],
    ['in microseconds, rounded up', '1500u', 0, 2],
    ['in nanoseconds, rounded up', '1n', 0, 1],
    ['none, where the caller says 0', '0S', 0, 0],
  ])('is %s', (_name, header, routeMs, expected) => {
    expect(grpcTimeout(header === '' ? [] : ['grpc-timeout', header], routeMs)).toBe(expected)
  })

  it.each([
    [250, '250m'],
    [99_999_999, '99999999m'],
    [100_000_000, '100000S'],
    [2 ** 53, '99999999M'],
  ])('%d ms goes on as %s', (ms, expected) => {
    const headers = ['grpc-timeout', '1H']
    setGrpcTimeout(headers, ms === 2 ** 53 ? 99_999_999 * 60_000 : ms)
    expect(headers).toEqual(['grpc-timeout', expected])
  })
})

describe('what an answer counts as', () => {
  it.each([
    ['no status of gRPC: its own', [], 200],
    ['fine', ['grpc-status', '0'], 200],
    ['unavailable', ['grpc-status', '14'], 503],
    ['out of time', ['grpc-status', '4'], 504],
    ['not for this caller', ['grpc-status', '16'], 401],
    ['a status nobody knows', ['grpc-status', '99'], 500],
    ['no number: its own', ['grpc-status', 'x'], 200],
  ])('%s', (_name, headers, expected) => {
    expect(statusOfAnswer(200, headers)).toBe(expected)
  })
})
