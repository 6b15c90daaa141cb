import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../kernel/random.ts'
import type { RetryPolicy } from '../../table/route.ts'
import { isRetriable, retryPause, type TryResult } from './retry-policy.ts'

function policyOf(on: string, codes: number[] = []): RetryPolicy {
  return {
    ...{ retries: 1, perTryTimeoutMs: 0, backoffMs: 25, hostSelectionAttempts: 5 },
    on: new Set(on === '' ? [] : on.split(',')),
    retriableStatusCodes: new Set(codes),
  }
}

const results: Record<string, TryResult> = {
  reset: { kind: 'reset' },
  refused: { kind: 'connect-failure', reason: 'delayed connect error: Connection refused' },
  late: { kind: 'per-try-timeout' },
  garbled: { kind: 'protocol-error' },
}

function answer(status: number, headers: string[] = []): TryResult {
  return { kind: 'answer', status, headers }
}

function resultOf(name: string): TryResult {
  return results[name] ?? answer(Number(name))
}

const everything = [
  '500',
  '501',
  '502',
  '503',
  '504',
  '599',
  '404',
  '409',
  '429',
  '200',
  'reset',
  'refused',
  'late',
  'garbled',
]

describe('what another try follows', () => {
  const rows: [on: string, retried: string[]][] = [
    ['5xx', ['500', '501', '502', '503', '504', '599', 'reset', 'refused', 'late', 'garbled']],
    ['gateway-error', ['502', '503', '504', 'reset', 'refused', 'late', 'garbled']],
    ['reset', ['reset', 'refused', 'late', 'garbled']],
    ['connect-failure', ['refused']],
    ['connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes', ['refused']],
    ['retriable-4xx', ['409']],
    ['retriable-status-codes', []],
    ['refused-stream', []],
    ['envoy-ratelimited', []],
    ['retriable-headers', []],
    ['gateway-error,retriable-4xx', ['502', '503', '504', '409', 'reset', 'refused', 'late', 'garbled']],
    ['', []],
  ]
  it.each(rows)('retryOn %j', (on, retried) => {
    const policy = policyOf(on)
    expect(everything.filter(name => isRetriable(policy, resultOf(name))).toSorted()).toEqual(retried.toSorted())
  })

  it.each([
    [[503], ['503']],
    [
      [503, 404],
      ['404', '503'],
    ],
    [[504], ['504']],
  ])('status codes %j, and no failure to get an answer', (codes, retried) => {
    const policy = policyOf('retriable-status-codes', codes)
    expect(everything.filter(name => isRetriable(policy, resultOf(name))).toSorted()).toEqual(retried)
  })

  it.each([
    ['unavailable', '14', true],
    ['unavailable', '13', false],
    ['cancelled', '1', true],
    ['deadline-exceeded', '4', true],
    ['resource-exhausted', '8', true],
    ['internal', '13', true],
    ['5xx', '14', false],
    ['unavailable', '0', false],
  ])('gRPC: retryOn %s, grpc-status %s: %s', (on, status, retried) => {
    expect(isRetriable(policyOf(on), answer(200, ['grpc-status', status]))).toBe(retried)
  })

  it('gRPC: the status counts whatever HTTP’s is, and without one HTTP’s does not', () => {
    expect(isRetriable(policyOf('unavailable'), answer(503, ['grpc-status', '14']))).toBe(true)
    expect(isRetriable(policyOf('unavailable'), answer(503))).toBe(false)
  })
})

describe('the pause before another try', () => {
  const always = (value: number) => ({ ...seededRandom(1), next: () => value })

  it.each([
    [1, 25],
    [2, 50],
    [3, 100],
    [4, 200],
    [5, 250],
    [9, 250],
  ])('before try %d + 1 is drawn below %d ms', (tries, below) => {
    expect(retryPause(policyOf('5xx'), tries, always(0.9999))).toBe(below - 1)
    expect(retryPause(policyOf('5xx'), tries, always(0))).toBe(0)
    expect(retryPause(policyOf('5xx'), tries, always(0.5))).toBe(Math.floor(below / 2))
  })

  it('has the base that the policy names', () => {
    expect(retryPause({ ...policyOf('5xx'), backoffMs: 200 }, 2, always(0.5))).toBe(200)
  })
})
