import { describe, expect, it } from 'vitest'
import type { Open } from '../log/progress.ts'
import { type Destinations, nextStep } from './next-step.ts'
import { noAnswer, type Outcome, refused } from './outcome.ts'
import { policyOf } from './policy.ts'

const policy = policyOf({ retry: 2, backoffPolicy: 'exponential', backoffDelay: 'PT1S' })
const withSink: Destinations = { subscriber: 'http://s', deadLetterSink: 'http://d', policy, reply: undefined }
const without: Destinations = { ...withSink, deadLetterSink: undefined }
const failure = { destination: 'http://s', code: 500, data: '' }
const fresh: Open = { tries: 0 }

describe('after a try at the subscriber', () => {
  it.each<[string, Open, Outcome, Destinations, unknown]>([
    ['an event that was taken is done', fresh, { type: 'done', status: 200 }, without, { type: 'done' }],
    [
      'the first failure waits the delay',
      fresh,
      refused(503, ''),
      without,
      { type: 'again', open: { tries: 1 }, waitMs: 1_000 },
    ],
    [
      'the second waits twice as long',
      { tries: 1 },
      refused(503, ''),
      without,
      { type: 'again', open: { tries: 2 }, waitMs: 2_000 },
    ],
    [
      'a Retry-After that is longer counts',
      fresh,
      { ...refused(503, ''), retryAfterMs: 9_000 },
      without,
      { type: 'again', open: { tries: 1 }, waitMs: 9_000 },
    ],
    [
      'no answer is tried again like any failure',
      fresh,
      noAnswer(new Error('reset')),
      without,
      { type: 'again', open: { tries: 1 }, waitMs: 1_000 },
    ],
    [
      'after the last try the sink is told at once',
      { tries: 2 },
      refused(500, 'x'),
      withSink,
      { type: 'again', open: { tries: 0, failure: { ...failure, data: 'eA==' } }, waitMs: 0 },
    ],
    [
      'a refusal for good needs no second try',
      fresh,
      refused(400, ''),
      withSink,
      { type: 'again', open: { tries: 0, failure: { ...failure, code: 400 } }, waitMs: 0 },
    ],
    [
      'a reply the broker refused names the broker',
      fresh,
      { ...refused(400, ''), destination: 'http://b' },
      withSink,
      { type: 'again', open: { tries: 0, failure: { destination: 'http://b', code: 400, data: '' } }, waitMs: 0 },
    ],
    [
      'without a sink the event is dropped',
      { tries: 2 },
      refused(503, ''),
      without,
      { type: 'drop', reason: 'the subscriber failed with 503' },
    ],
    [
      'a reply refused without a sink is dropped and named',
      fresh,
      { ...refused(400, ''), destination: 'http://b' },
      without,
      { type: 'drop', reason: 'its reply was refused with 400' },
    ],
  ])('%s', (_sentence, open, outcome, destinations, expected) => {
    expect(nextStep(open, outcome, destinations)).toEqual(expected)
  })
})

describe('after a try at the dead-letter sink', () => {
  it.each<[string, number, Outcome, unknown]>([
    ['an event that was taken is done', 0, { type: 'done', status: 200 }, { type: 'done' }],
    [
      'a failure is tried again by the same policy and keeps what the subscriber said',
      0,
      refused(503, ''),
      { type: 'again', open: { tries: 1, failure }, waitMs: 1_000 },
    ],
    [
      'what the sink does not take either is dropped',
      2,
      refused(503, ''),
      { type: 'drop', reason: 'the subscriber failed with 500, the dead-letter sink with 503' },
    ],
    [
      'a refusal for good drops at once',
      0,
      refused(422, ''),
      { type: 'drop', reason: 'the subscriber failed with 500, the dead-letter sink with 422' },
    ],
  ])('%s', (_sentence, tries, outcome, expected) => {
    expect(nextStep({ tries, failure }, outcome, withSink)).toEqual(expected)
  })
})
