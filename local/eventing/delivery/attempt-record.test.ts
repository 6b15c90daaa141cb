import { describe, expect, it } from 'vitest'
import type { Open } from '../log/progress.ts'
import { attemptOf } from './attempt-record.ts'
import { type Destinations, nextStep } from './next-step.ts'
import { judge, noAnswer, type Outcome } from './outcome.ts'
import { policyOf } from './policy.ts'

const asked = { to: 'http://s', ms: 5 }
const fresh: Open = { tries: 0 }
const failure = { destination: 'http://s', code: 500, data: '' }
const dead: Open = { tries: 0, failure }
const answered = (status: number): Outcome => judge({ status, headers: [], body: Buffer.alloc(0) }, 0)
const policy = policyOf({ retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT1S' })
const withSink: Destinations = { subscriber: 'http://s', deadLetterSink: 'http://d', policy, reply: undefined }
const without: Destinations = { ...withSink, deadLetterSink: undefined }

describe('the journal’s line of a try', () => {
  it.each<[string, Open, Outcome, Destinations, object]>([
    ['taken', fresh, answered(202), without, { status: 202, next: 'done' }],
    [
      'taken, with an answer that went on',
      fresh,
      { type: 'done', status: 200, reply: { id: 'r', type: 't' } },
      without,
      { status: 200, next: 'replied', reply: { id: 'r', type: 't' } },
    ],
    ['refused, and tried again at once', fresh, answered(503), without, { status: 503, next: 'again' }],
    ['refused for good, without a sink', fresh, answered(400), without, { status: 400, next: 'dropped' }],
    ['refused for good, with a sink', fresh, answered(400), withSink, { status: 400, next: 'dead letter' }],
    ['not answered at all', { tries: 1 }, noAnswer(new Error('reset')), withSink, { status: 0, next: 'dead letter' }],
    ['taken by the dead-letter sink', dead, answered(200), withSink, { status: 200, next: 'done', deadLetter: true }],
    [
      'refused by the sink, tried again',
      dead,
      answered(500),
      withSink,
      { status: 500, next: 'again', deadLetter: true },
    ],
    ['refused by the sink for good', dead, answered(400), withSink, { status: 400, next: 'dropped', deadLetter: true }],
    [
      'refused where the reply went',
      fresh,
      { ...(answered(400) as Extract<Outcome, { type: 'failure' }>), destination: 'http://reply' },
      withSink,
      { to: 'http://reply', status: 400, next: 'dead letter' },
    ],
  ])('%s', (_sentence, open, outcome, destinations, expected) => {
    const step = nextStep(open, outcome, destinations)
    expect(attemptOf(open, outcome, step, asked)).toEqual({ ...asked, ...expected })
  })

  it('says how long the next try is waited for', () => {
    const patient = { ...without, policy: policyOf({ retry: 5, backoffPolicy: 'linear', backoffDelay: 'PT2S' }) }
    const open = { tries: 1 }
    const outcome = answered(503)
    expect(attemptOf(open, outcome, nextStep(open, outcome, patient), asked)).toMatchObject({
      next: 'again',
      waitMs: 2_000,
    })
  })
})
