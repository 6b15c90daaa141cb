// A message of somebody else's queue as an event: what is a CloudEvent stays one, anything else is wrapped into one.
import type { MessageProperties } from 'amqplib'
import { type CloudEvent, checkEvent } from '../cloudevents/event.ts'
import { decodeStructured } from '../cloudevents/structured.ts'

export const rabbitmqEventType = 'dev.knative.rabbitmq.event'

/** Which source reads which queue. */
export interface SourceNames {
  namespace: string
  name: string
  queue: string
}

/** The attribute `source` of events that do not say one themselves. */
export function sourceAttribute({ namespace, name, queue }: SourceNames): string {
  return `/apis/v1/namespaces/${namespace}/rabbitmqsources/${name}#${queue}`
}

/**
 * The event of a message (eventing-rabbitmq pkg/rabbit/message.go): structured by its content type, binary by a header
 * `specversion` or `ce-specversion`, else an event of type `dev.knative.rabbitmq.event` whose id is the message's or
 * `freshId`. Throws `NotACloudEvent` for what says to be one and is none.
 */
export function sourceEvent(
  content: Buffer,
  properties: MessageProperties,
  names: SourceNames,
  freshId: () => string,
): CloudEvent {
  const contentType = textOf(properties.contentType)
  if (contentType?.startsWith('application/cloudevents+json')) return decodeStructured(content)
  const attributes = attributesOf(properties.headers ?? {})
  if (attributes.specversion === undefined) return wrapped(content, properties, names, freshId)
  attributes.source ??= sourceAttribute(names)
  const event = { attributes, data: dataOf(content) }
  checkEvent(event)
  return event
}

// Trace headers are no attributes; those beginning with x- are the server's.
const ignored = /^(?:traceparent|tracestate|x-.*)$/

function attributesOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [header, value] of Object.entries(headers)) {
    const name = header.toLowerCase().replace(/^ce-/, '')
    if (ignored.test(name) || value === null || value === undefined || typeof value === 'object') continue
    attributes[name === 'content-type' ? 'datacontenttype' : name] = String(value)
  }
  if (attributes.datacontenttype === '') delete attributes.datacontenttype
  return attributes
}

function wrapped(
  content: Buffer,
  properties: MessageProperties,
  names: SourceNames,
  freshId: () => string,
): CloudEvent {
  const id = textOf(properties.messageId) ?? freshId()
  const contentType = textOf(properties.contentType)
  const seconds = Number(properties.timestamp)
  return {
    attributes: {
      specversion: '1.0',
      id,
      type: rabbitmqEventType,
      source: sourceAttribute(names),
      subject: id,
      ...(seconds > 0 && seconds < latestSeconds ? { time: new Date(seconds * 1_000).toISOString() } : {}),
      ...(contentType === undefined ? {} : { datacontenttype: contentType }),
    },
    data: dataOf(content),
  }
}

/** The end of the year 9999: what RFC 3339 can write. */
const latestSeconds = 253_402_300_800

const dataOf = (content: Buffer) => (content.length > 0 ? content : undefined)

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

/** The trace that a message says to be part of, as flat headers. */
export function traceOf({ headers = {} }: Pick<MessageProperties, 'headers'>): string[] {
  return ['traceparent', 'tracestate'].flatMap(name => {
    const value = textOf(headers[name])
    return value === undefined ? [] : [name, value]
  })
}
