// What an answer of a subscriber means: done, an event in reply, or a failure and whether to try again.
import { messageOf } from '../../kernel/errors.ts'
import type { SendResponse } from '../../seams/send.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { decodeMessage, headerOf, modeOf } from '../cloudevents/message.ts'
import { parseRetryAfter } from './policy.ts'

export type Outcome = Done | Replied | Failed

export interface Done {
  type: 'done'
  status: number
  /** The answer, once it has been handed on. */
  reply?: { id: string; type: string }
}

export interface Replied {
  type: 'reply'
  status: number
  event: CloudEvent
  headers: readonly string[]
}

export interface Failed {
  type: 'failure'
  retry: boolean
  code: number
  /** False when the code stands for an answer that never came. */
  answered: boolean
  body: Buffer
  retryAfterMs?: number | undefined
  /** Who failed, when it was not the subscriber. */
  destination?: string
}

/**
 * Judges the answer of a subscriber (eventing pkg/broker/filter/filter_handler.go, pkg/kncloudevents/retries.go).
 * A 2xx whose body is no CloudEvent counts as 502; 5xx, 404, 408, 409 and 429 are tried again.
 */
export function judge(response: SendResponse, now: number): Outcome {
  const { status, headers, body } = response
  if (status < 200 || status > 299) return failure(status, body, retryAfterOf(response, now))
  if (modeOf(headers) === 'none') return body.length === 0 ? { type: 'done', status } : failure(502, body)
  try {
    const [event, ...more] = decodeMessage(headers, body)
    return event && more.length === 0 ? { type: 'reply', status, event, headers } : failure(502, body)
  } catch {
    return failure(502, body)
  }
}

/** Judges the answer of a dead-letter sink or a reply address: any 2xx means taken, what it says is not looked at. */
export function judgeTaken(response: SendResponse, now: number): Outcome {
  const { status, body } = response
  return status >= 200 && status <= 299 ? { type: 'done', status } : failure(status, body, retryAfterOf(response, now))
}

/** A failure that no other try will mend, or that has been tried often enough. */
export function final(outcome: Failed, destination: string): Failed {
  return { ...outcome, retry: false, destination }
}

/** An answer in the subscriber's stead. */
export function refused(code: number, reason: string): Failed {
  return { ...failure(code, Buffer.from(reason)), answered: false }
}

/** No answer came at all. */
export function noAnswer(error: unknown): Failed {
  return { ...failure(500, Buffer.from(`dispatch error: ${messageOf(error)}`)), answered: false }
}

function failure(code: number, body: Buffer, retryAfterMs?: number): Failed {
  return { type: 'failure', retry: isTemporary(code), code, answered: true, body, retryAfterMs }
}

function isTemporary(code: number): boolean {
  return code >= 500 || code === 404 || code === 408 || code === 409 || code === 429
}

function retryAfterOf({ status, headers }: SendResponse, now: number): number | undefined {
  return status === 429 || status === 503 ? parseRetryAfter(headerOf(headers, 'retry-after'), now) : undefined
}
