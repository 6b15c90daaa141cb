import { describe, expect, it } from 'vitest'
import { final, judge, judgeTaken, noAnswer, refused } from './outcome.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const answer = (status: number, body = '', headers: string[] = []) => ({ status, headers, body: Buffer.from(body) })
const binary = ['ce-specversion', '1.0', 'ce-id', 'r1', 'ce-type', 'reply', 'ce-source', '/s']
const structured = ['content-type', 'application/cloudevents+json']
const event = { specversion: '1.0', id: 'r1', type: 'reply', source: '/s' }

describe('an answer of a subscriber', () => {
  it.each([
    ['200 without a body is done', answer(200)],
    ['202 without a body is done', answer(202)],
    ['204 is done, whatever its media type', answer(204, '', ['content-type', 'text/plain'])],
  ])('%s', (_, given) => {
    expect(judge(given, now)).toEqual({ type: 'done', status: given.status })
  })

  it.each([
    ['an event in binary mode', answer(200, 'x', binary)],
    ['an event without data', answer(202, '', binary)],
    ['an event in structured mode', answer(200, JSON.stringify(event), structured)],
  ])('%s is a reply', (_, given) => {
    expect(judge(given, now)).toMatchObject({ type: 'reply', status: given.status, event: { attributes: event } })
  })

  it.each([
    ['a body that is no event', answer(200, 'hello')],
    ['half an event', answer(200, 'x', binary.slice(0, 4))],
    ['a structured event that is no JSON', answer(200, '{', structured)],
    [
      'a batch of two',
      answer(200, JSON.stringify([event, event]), ['content-type', 'application/cloudevents-batch+json']),
    ],
    ['an empty batch', answer(200, '[]', ['content-type', 'application/cloudevents-batch+json'])],
  ])('%s is a failure of its own: 502, tried again', (_, given) => {
    expect(judge(given, now)).toMatchObject({ type: 'failure', code: 502, retry: true, answered: true })
  })

  it.each([
    [301, false],
    [400, false],
    [401, false],
    [403, false],
    [404, true],
    [405, false],
    [408, true],
    [409, true],
    [410, false],
    [413, false],
    [422, false],
    [429, true],
    [499, false],
    [500, true],
    [501, true],
    [503, true],
    [599, true],
  ])('%d is a failure; tried again: %s', (status, retry) => {
    expect(judge(answer(status, 'why'), now)).toMatchObject({ type: 'failure', code: status, retry })
    expect(judgeTaken(answer(status, 'why'), now)).toMatchObject({ type: 'failure', code: status, retry })
  })

  it('that fails with an event in its body has not replied', () => {
    expect(judge(answer(500, 'x', binary), now)).toMatchObject({ type: 'failure', code: 500, body: Buffer.from('x') })
  })

  it.each([
    ['429 with seconds', answer(429, '', ['retry-after', '7']), 7_000],
    ['503 with a date', answer(503, '', ['retry-after', 'Thu, 01 Jan 2026 00:00:09 GMT']), 9_000],
    ['503 without', answer(503), undefined],
    ['500, which does not mean it', answer(500, '', ['retry-after', '7']), undefined],
    ['nonsense', answer(429, '', ['retry-after', 'soon']), undefined],
  ])('says when to come back: %s', (_, given, retryAfterMs) => {
    expect(judge(given, now)).toMatchObject({ retryAfterMs })
  })
})

describe('what a dead-letter sink or a reply address says', () => {
  it.each([answer(200, 'thank you'), answer(202, '{', structured), answer(299, 'x', binary)])(
    'counts for nothing behind a 2xx',
    given => expect(judgeTaken(given, now)).toEqual({ type: 'done', status: given.status }),
  )
})

describe('without an answer', () => {
  it('of the subscriber the event is tried again', () => {
    expect(noAnswer(new Error('ECONNRESET'))).toMatchObject({ code: 500, retry: true, answered: false })
    expect(String(noAnswer(new Error('ECONNRESET')).body)).toBe('dispatch error: ECONNRESET')
  })

  it.each([
    [404, true],
    [403, false],
  ])('one in its stead is judged by its code: %d', (code, retry) => {
    expect(refused(code, 'no address')).toMatchObject({ code, retry, answered: false, body: Buffer.from('no address') })
  })

  it('the last try is the last', () => {
    expect(final(refused(503, 'away'), 'http://sink')).toMatchObject({
      retry: false,
      code: 503,
      destination: 'http://sink',
    })
  })
})
