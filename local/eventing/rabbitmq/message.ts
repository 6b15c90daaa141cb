// Events as messages: attributes are headers under their bare names, the data is the body, as Knative's class has them.
import type { MessageProperties, Options } from 'amqplib'
import type { CloudEvent } from '../cloudevents/event.ts'
import { NotACloudEvent } from '../cloudevents/event.ts'
import type { Failure } from '../log/progress.ts'
import type { LoggedEvent } from '../log/record.ts'

export interface OutgoingMessage {
  content: Buffer
  options: Options.Publish
  /** Into this queue alone, past the exchange: a replay for one consumer. */
  queue?: string
  /** What it takes in memory, about. */
  bytes: number
}

export interface QueuedEvent {
  /** Of the message: the same for each delivery of it. */
  id: string
  logged: LoggedEvent
  /** Set in dead-letter queues. */
  failure?: Failure
}

// Headers beginning with x- are no attributes to Knative's dispatcher either.
const headersHeader = 'x-skiff-headers'
const failureHeader = 'x-skiff-failure'
const onlyHeader = 'x-skiff-only'
const typeAttribute = 'datacontenttype'

/** The client encodes headers into 64 KiB; some of it is for names and lengths. */
const maxHeaderBytes = 48 * 1024

/** The message of an event, to be written to disk. Throws `NotACloudEvent` when its attributes do not fit into one. */
export function messageOf({ event, headers, only }: LoggedEvent, id: string, failure?: Failure): OutgoingMessage {
  const { [typeAttribute]: contentType, ...attributes } = event.attributes
  const table: Record<string, string> = {
    ...attributes,
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(headers.length > 0 ? { [headersHeader]: JSON.stringify(headers) } : {}),
    ...(failure ? { [failureHeader]: JSON.stringify(failure) } : {}),
    ...(only === undefined ? {} : { [onlyHeader]: only }),
  }
  const headerBytes = Object.entries(table).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0)
  if (headerBytes > maxHeaderBytes) {
    throw new NotACloudEvent(`the attributes take ${headerBytes} bytes: RabbitMQ takes ${maxHeaderBytes}`)
  }
  const content = event.data ?? empty
  const shortType = contentType !== undefined && Buffer.byteLength(contentType) < 256 ? { contentType } : {}
  return {
    content,
    options: { persistent: true, messageId: id, headers: table, ...shortType },
    bytes: content.length + headerBytes,
  }
}

const empty = Buffer.alloc(0)

/** The event of a message that `messageOf` made; undefined when it is none of those. */
export function eventOf(content: Buffer, { messageId, headers = {} }: MessageProperties): QueuedEvent | undefined {
  const {
    [headersHeader]: passed,
    [failureHeader]: failure,
    [onlyHeader]: only,
    ...table
  } = headers as Record<string, unknown>
  if (typeof messageId !== 'string' || typeof table.specversion !== 'string') return undefined
  try {
    const logged: LoggedEvent = {
      event: { attributes: attributesOf(table), data: content.length > 0 ? content : undefined },
      headers: typeof passed === 'string' ? (JSON.parse(passed) as string[]) : [],
      ...(typeof only === 'string' ? { only } : {}),
    }
    const told = typeof failure === 'string' ? { failure: JSON.parse(failure) as Failure } : {}
    return { id: messageId, logged, ...told }
  } catch {
    return undefined
  }
}

function attributesOf(table: Readonly<Record<string, unknown>>): CloudEvent['attributes'] {
  const attributes: CloudEvent['attributes'] = {}
  for (const [name, value] of Object.entries(table)) {
    if (name === 'content-type') attributes[typeAttribute] = String(value)
    // The server adds some of its own.
    else if (!name.startsWith('x-')) attributes[name] = String(value)
  }
  return attributes
}
