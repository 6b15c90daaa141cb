import { describe, expect, it } from 'vitest'
import type { DeliverySpec } from '../../api/eventing/types.ts'
import { judge, judgeTaken, noAnswer } from './outcome.ts'
import { effectiveDelivery, parseRetryAfter, policyOf, waitBefore } from './policy.ts'
import { failureOf } from './request.ts'

const waits = (spec: DeliverySpec, tries: number) =>
  Array.from({ length: tries }, (_, index) => waitBefore(policyOf(spec), index + 1, undefined))

describe('back-off', () => {
  it.each<[string, DeliverySpec, number[]]>([
    [
      'linear: tries at 0, +0, +0.5 s, as observed',
      { backoffPolicy: 'linear', backoffDelay: 'PT0.5S' },
      [0, 500, 1000],
    ],
    ['exponential: 0.2 · 2^n s', { backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' }, [200, 400, 800]],
    ['a delay without a policy does not wait', { backoffDelay: 'PT5S' }, [0, 0, 0]],
    ['nothing stated does not wait', {}, [0, 0, 0]],
  ])('%s', (_sentence, spec, expected) => {
    expect(waits(spec, 3)).toEqual(expected)
  })

  it('stays within what a timer can hold', () => {
    expect(waits({ backoffPolicy: 'exponential', backoffDelay: 'PT1H' }, 100).at(-1)).toBe(2 ** 31 - 1)
  })

  it.each([
    ['a longer Retry-After counts', 'PT0.2S', undefined, 3_000, 3_000],
    ['a shorter one does not', 'PT5S', undefined, 3_000, 5_000],
    ['it is capped by retryAfterMax', 'PT0.2S', 'PT1S', 3_000, 1_000],
    ['PT0S ignores it', 'PT0.2S', 'PT0S', 3_000, 200],
  ])('%s', (_sentence, backoffDelay, retryAfterMax, given, expected) => {
    const spec: DeliverySpec = {
      backoffPolicy: 'exponential',
      backoffDelay,
      ...(retryAfterMax ? { retryAfterMax } : {}),
    }
    expect(waitBefore(policyOf(spec), 1, given)).toBe(expected)
  })

  it('reads Retry-After as seconds or date', () => {
    expect(parseRetryAfter('120', 0)).toBe(120_000)
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000)
    expect(parseRetryAfter('soon', 0)).toBeUndefined()
  })
})

describe('whose delivery spec counts', () => {
  const broker: DeliverySpec = { retry: 10, deadLetterSink: { uri: 'http://broker-dls' } }
  it.each<[string, DeliverySpec | undefined, DeliverySpec]>([
    ['the broker’s when the trigger has none', undefined, broker],
    [
      'the trigger’s tries with the broker’s sink',
      { retry: 1 },
      { retry: 1, deadLetterSink: { uri: 'http://broker-dls' } },
    ],
    [
      'the trigger’s sink alone means no further tries',
      { deadLetterSink: { uri: 'http://own' } },
      { deadLetterSink: { uri: 'http://own' } },
    ],
    ['an empty one means no further tries, and the broker’s sink', {}, { deadLetterSink: broker.deadLetterSink }],
  ])('%s', (_sentence, own, expected) => {
    expect(effectiveDelivery(own, broker)).toEqual(expected)
  })
})

describe('what an answer means', () => {
  const answer = (status: number, body = '', headers: string[] = []) => ({ status, headers, body: Buffer.from(body) })
  const ce = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/', 'ce-type', 't']

  it.each([
    [200, ''],
    [202, ''],
    [204, ''],
  ])('%i without a body is done', status => {
    expect(judge(answer(status), 0)).toMatchObject({ type: 'done' })
  })

  it('a 2xx with an event is a reply; a broken event or another body counts as 502 and is tried again', () => {
    expect(judge(answer(200, 'x', ce), 0)).toMatchObject({ type: 'reply', event: { attributes: { id: '1' } } })
    expect(judge(answer(200, 'x', ce.slice(0, 4)), 0)).toMatchObject({ type: 'failure', code: 502, retry: true })
    expect(judge(answer(200, 'ok'), 0)).toMatchObject({ type: 'failure', code: 502, retry: true })
  })

  it.each([404, 408, 409, 429, 500, 502, 503, 504])('%i is tried again', status => {
    expect(judge(answer(status), 0)).toMatchObject({ type: 'failure', code: status, retry: true })
  })

  it.each([301, 400, 401, 403, 410, 413, 422])('%i is not tried again', status => {
    expect(judge(answer(status), 0)).toMatchObject({ type: 'failure', code: status, retry: false })
  })

  it('Retry-After counts for 429 and 503 alone', () => {
    const wait = (status: number) => judge(answer(status, '', ['retry-after', '2']), 0)
    expect([429, 503, 500].map(status => wait(status))).toMatchObject([
      { retryAfterMs: 2_000 },
      { retryAfterMs: 2_000 },
      {},
    ])
    expect(wait(500)).toMatchObject({ retryAfterMs: undefined })
  })

  it('no answer is tried again and told as 500', () => {
    expect(noAnswer(new Error('refused'))).toMatchObject({
      code: 500,
      retry: true,
      body: Buffer.from('dispatch error: refused'),
    })
  })

  it('a dead-letter sink takes the event with any 2xx', () => {
    expect(judgeTaken(answer(200, 'thanks'), 0)).toMatchObject({ type: 'done' })
    expect(judgeTaken(answer(503), 0)).toMatchObject({ retry: true })
  })

  it('the sink is told 1,024 characters of the failed answer at most', () => {
    const outcome = judge(answer(500, 'x'.repeat(5_000)), 0)
    if (outcome.type !== 'failure') throw new Error('a failure is expected')
    expect(failureOf(outcome, 'http://s')).toMatchObject({
      code: 500,
      destination: 'http://s',
      data: 'eHh4'.repeat(256),
    })
  })
})
