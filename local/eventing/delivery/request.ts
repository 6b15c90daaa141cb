// The requests that carry events out: to a subscriber, and to a dead-letter sink with what went wrong.

import type { SendRequest } from '../../seams/send.ts'
import { withoutTtl } from '../broker/arrival.ts'
import { passedHeaders } from '../broker/passed-headers.ts'
import { encodeBinary } from '../cloudevents/binary.ts'
import { headerOf } from '../cloudevents/message.ts'
import type { Failure } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'
import type { Failed, Replied } from './outcome.ts'

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
export function failureOf(outcome: Failed, destination: string): Failure {
  const data = outcome.body.toString('base64').slice(0, maxErrorData)
  return { destination, code: outcome.code, data }
}

/** The request to a reply address. */
export function replyRequest({ event, headers }: LoggedEvent, target: Target): SendRequest {
  return request({ event: withoutTtl(event), headers }, target, [])
}

const traceHeaders = ['traceparent', 'tracestate']

/** A subscriber's answer as an event of its own: it lives as long as the one it answers, and goes on in its trace. */
export function replyTo(answered: LoggedEvent, { event, headers }: Replied): LoggedEvent {
  const { knativebrokerttl } = answered.event.attributes
  const attributes = { ...event.attributes, ...(knativebrokerttl === undefined ? {} : { knativebrokerttl }) }
  const trace = traceHeaders.flatMap(name => {
    const value = headerOf(headers, name) ?? headerOf(answered.headers, name)
    return value === undefined ? [] : [name, value]
  })
  const others = passedHeaders(headers).filter(
    (_, index, all) => !traceHeaders.includes(all[index - (index % 2)] ?? ''),
  )
  return { event: { attributes, data: event.data }, headers: [...others, ...trace] }
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
