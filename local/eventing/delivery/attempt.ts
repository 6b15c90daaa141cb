// One try: the request to a subscriber or a dead-letter sink, what its answer means, and where an event in it goes on.
import { type Clock, sleep } from '../../kernel/clock.ts'
import type { Send } from '../../seams/send.ts'
import type { Failure } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'
import { brokerUrl } from '../reconcile/destination.ts'
import type { Destinations } from './next-step.ts'
import { type Failed, final, judge, judgeTaken, noAnswer, type Outcome, refused } from './outcome.ts'
import { waitBefore } from './policy.ts'
import { deadLetterRequest, replyRequest, replyTo, subscriberRequest } from './request.ts'

export interface AttemptOptions {
  namespace: string
  clock: Clock
  send: Send
  /** Takes an event into a broker; resolves when it is durable. False: its time to live is used up. */
  reply(broker: string, reply: LoggedEvent): Promise<boolean>
}

/** Gives the event to the subscriber, and what that answers to where replies go. */
export async function trySubscriber(
  logged: LoggedEvent,
  destinations: Destinations,
  options: AttemptOptions,
): Promise<Outcome> {
  const { subscriber, policy, reply } = destinations
  const { namespace, clock, send } = options
  if (subscriber === undefined) return refused(404, 'the subscriber has no address')
  const request = subscriberRequest(logged, { url: subscriber, namespace, timeoutMs: policy.timeoutMs })
  const outcome = await send(request).then(response => judge(response, clock.now()), noAnswer)
  if (outcome.type !== 'reply') return outcome
  const { id = '', type = '' } = outcome.event.attributes
  const done: Outcome = { type: 'done', status: outcome.status }
  if (!reply) return done
  const answer = replyTo(logged, outcome)
  const failed = await ('broker' in reply
    ? intoBroker(answer, reply.broker, options)
    : toAddress(answer, reply.url, destinations, options))
  return failed ?? { ...done, reply: { id, type } }
}

async function intoBroker(answer: LoggedEvent, broker: string, { reply }: AttemptOptions): Promise<Failed | undefined> {
  try {
    if (await reply(broker, answer)) return undefined
  } catch (error) {
    return noAnswer(error)
  }
  const [namespace = '', name = ''] = broker.split('/')
  return { ...refused(400, 'the reply went round too often'), destination: brokerUrl(namespace, name) }
}

// The subscriber has done its part: what is tried again here is the reply alone, by the same policy.
async function toAddress(
  answer: LoggedEvent,
  url: string,
  { policy }: Pick<Destinations, 'policy'>,
  { namespace, clock, send }: AttemptOptions,
): Promise<Failed | undefined> {
  const request = replyRequest(answer, { url, namespace, timeoutMs: policy.timeoutMs })
  for (let tries = 1; ; tries++) {
    const outcome = await send(request).then(response => judgeTaken(response, clock.now()), noAnswer)
    if (outcome.type !== 'failure') return undefined
    if (!outcome.retry || tries > policy.retries) return final(outcome, url)
    await sleep(clock, waitBefore(policy, tries, outcome.retryAfterMs))
  }
}

/** Gives the event, with what went wrong, to the dead-letter sink. */
export function tryDeadLetterSink(
  logged: LoggedEvent,
  failure: Failure,
  url: string,
  { policy, namespace, clock, send }: Pick<Destinations, 'policy'> & AttemptOptions,
): Promise<Outcome> {
  const request = deadLetterRequest(logged, failure, { url, namespace, timeoutMs: policy.timeoutMs })
  return send(request).then(response => judgeTaken(response, clock.now()), noAnswer)
}
