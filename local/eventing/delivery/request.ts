// The requests that carry events out: to a subscriber, and to a dead-letter sink with what went wrong.
import { withoutTtl } from '../broker/arrival.ts'
import { encodeBinary } from '../cloudevents/binary.ts'
import type { Failure } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { SendRequest } from '../send.ts'
import type { Outcome } from './outcome.ts'

export interface Target {
  url: string
  /** Of the broker, told to the receiver. */
  namespace: string
  timeoutMs: number
}

// What Knative keeps of a failed answer: characters of base64.
const maxErrorData = 1_024

/** The request to a subscriber, in binary mode. */
export function subscriberRequest(logged: LoggedEvent, target: Target): SendRequest {
  return request({ event: withoutTtl(logged.event), headers: logged.headers }, target, ['prefer', 'reply'])
}

/** The request to a dead-letter sink: the event with Knative's error extensions. */
export function deadLetterRequest({ event, headers }: LoggedEvent, failure: Failure, target: Target): SendRequest {
  const attributes = {
    ...event.attributes,
    knativeerrordest: failure.destination,
    knativeerrorcode: String(failure.code),
    knativeerrordata: failure.data,
  }
  return request({ event: { attributes, data: event.data }, headers }, target, [])
}

/** What a dead-letter sink is told of a failed answer (eventing pkg/channel/attributes/knative_error.go). */
export function failureOf(outcome: Outcome & { type: 'failure' }, destination: string): Failure {
  const data = outcome.body.toString('base64').slice(0, maxErrorData)
  return { destination, code: outcome.code, data }
}

function request({ event, headers }: LoggedEvent, target: Target, more: readonly string[]): SendRequest {
  return {
    method: 'POST',
    url: target.url,
    headers: [...encodeBinary(event), ...headers, 'kn-namespace', target.namespace, ...more],
    body: event.data ?? empty,
    timeoutMs: target.timeoutMs,
  }
}

const empty = Buffer.alloc(0)
