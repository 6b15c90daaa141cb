// One try: the request to a subscriber or a dead-letter sink, and what its answer means.
import type { Clock } from '../../kernel/clock.ts'
import type { Failure } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'
import { brokerUrl } from '../reconcile/destination.ts'
import type { Send } from '../send.ts'
import type { Destinations } from './next-step.ts'
import { judge, judgeDeadLetter, noAnswer, type Outcome, refused } from './outcome.ts'
import { deadLetterRequest, replyTo, subscriberRequest } from './request.ts'

export interface AttemptOptions {
  /** `NAMESPACE/NAME`. */
  broker: string
  namespace: string
  clock: Clock
  send: Send
  /** Takes an event back into the broker; resolves when it is on disk. False: its time to live is used up. */
  reply(broker: string, reply: LoggedEvent): Promise<boolean>
}

/** Gives the event to the subscriber, and what that answers to the broker. */
export async function trySubscriber(
  logged: LoggedEvent,
  { subscriber, policy }: Destinations,
  { namespace, clock, send, broker, reply }: AttemptOptions,
): Promise<Outcome> {
  if (subscriber === undefined) return refused(404, 'the subscriber has no address')
  const request = subscriberRequest(logged, { url: subscriber, namespace, timeoutMs: policy.timeoutMs })
  const outcome = await send(request).then(response => judge(response, clock.now()), noAnswer)
  if (outcome.type !== 'reply') return outcome
  try {
    if (await reply(broker, replyTo(logged, outcome))) return { type: 'done' }
  } catch (error) {
    return noAnswer(error)
  }
  const [, name = ''] = broker.split('/')
  return { ...refused(400, 'the reply went round too often'), destination: brokerUrl(namespace, name) }
}

/** Gives the event, with what went wrong, to the dead-letter sink. */
export function tryDeadLetterSink(
  logged: LoggedEvent,
  failure: Failure,
  url: string,
  { policy, namespace, clock, send }: Pick<Destinations, 'policy'> & AttemptOptions,
): Promise<Outcome> {
  const request = deadLetterRequest(logged, failure, { url, namespace, timeoutMs: policy.timeoutMs })
  return send(request).then(response => judgeDeadLetter(response, clock.now()), noAnswer)
}
