// CloudEvents: sent to K_SINK, and read from requests in binary or structured mode.
import type { CloudEventV1 } from 'cloudevents'
import { call } from './call.ts'
import type { Env } from './env.ts'

export interface OutgoingEvent {
  id: string
  type: string
  source: string
  data: unknown
  /** RFC 3339; now when left out. */
  time?: string
  subject?: string
  /** Extension attributes: lower-case letters and digits only. */
  extensions?: Record<string, string>
}

/** The header by which rules of the mesh tell users apart, and the extension attribute it travels as through a broker. */
const userHeader = 'x-dev-user'
const userAttribute = 'devuser'

/** A broker may hold the sender until its subscribers have answered, cold starts included. In milliseconds. */
const publishTimeoutMs = 30_000

/** Sends an event to K_SINK as `send` does; does nothing when that is not set. */
export async function publish(env: Env, event: OutgoingEvent, headers: Record<string, string>): Promise<void> {
  if (env.K_SINK) await send(env, env.K_SINK, event, headers)
}

/**
 * Posts an event to a sink in binary mode. `headers` travel beside the attributes (trace context); the user among them
 * becomes the extension `devuser`. Rejects unless the sink accepted it.
 */
export async function send(
  env: Env,
  sink: string,
  event: OutgoingEvent,
  headers: Record<string, string>,
): Promise<void> {
  const user = headers[userHeader]
  const extensions = { ...(user ? { [userAttribute]: user } : {}), ...event.extensions }
  const message = await binary({ ...event, extensions })
  const answer = await call(env, sink, {
    method: 'POST',
    headers: { ...headers, ...message.headers },
    body: message.body,
    timeoutMs: publishTimeoutMs,
  })
  if (!answer.ok) throw new Error(`${sink} answered ${answer.status} to event ${event.id}`)
}

/** An answer that is an event: whoever delivered one gets it as the reply, and sends it on. */
export async function replyWith(event: OutgoingEvent): Promise<Response> {
  const { headers, body } = await binary(event)
  return new Response(body, { headers })
}

async function binary(event: OutgoingEvent): Promise<{ headers: Record<string, string>; body: string }> {
  const { CloudEvent, HTTP } = await import('cloudevents')
  const { extensions, ...attributes } = event
  const message = HTTP.binary(new CloudEvent({ ...attributes, datacontenttype: 'application/json', ...extensions }))
  return { headers: message.headers as Record<string, string>, body: String(message.body) }
}

/** The headers to hand on with what an event leads to: those that came with it, and its user as a header again. */
export function withUser(
  headers: Readonly<Record<string, string>>,
  event: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const user = event[userAttribute]
  return typeof user === 'string' ? { ...headers, [userHeader]: user } : { ...headers }
}

/** Not an event, or one whose content cannot be read: no retry will mend it, so it is to be answered with a 4xx. */
export class PoisonEvent extends Error {
  override readonly name = 'PoisonEvent'
}

/** Reads one event from a request. Throws `PoisonEvent` when it is none, or its JSON is broken. */
export async function readEvent(headers: Record<string, string>, body: string): Promise<CloudEventV1<unknown>> {
  const { HTTP } = await import('cloudevents')
  let event: CloudEventV1<unknown> | CloudEventV1<unknown>[]
  try {
    event = HTTP.toEvent({ headers, body })
  } catch (error) {
    throw new PoisonEvent(`not a CloudEvent: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (Array.isArray(event)) throw new PoisonEvent('a batch of events, where one event is expected')
  return event
}
