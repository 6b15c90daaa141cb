// CloudEvents as JSON (the JSON event format): one event, or a batch of them.
import { type CloudEvent, checkEvent, NotACloudEvent } from './event.ts'

/** The event of an `application/cloudevents+json` body. Throws `NotACloudEvent`. */
export function decodeStructured(body: Buffer): CloudEvent {
  return fromJson(parseJson(body))
}

/** The events of an `application/cloudevents-batch+json` body, possibly none. Throws `NotACloudEvent`. */
export function decodeBatch(body: Buffer): CloudEvent[] {
  const parsed = parseJson(body)
  if (!Array.isArray(parsed)) throw new NotACloudEvent('a batch is a JSON array of events')
  return parsed.map(fromJson)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch (error) {
    throw new NotACloudEvent(`the body is no JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function fromJson(json: unknown): CloudEvent {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new NotACloudEvent('an event is a JSON object')
  }
  const { data, data_base64: base64, ...rest } = json as Record<string, unknown>
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (value !== null) attributes[name] = canonical(name, value)
  }
  const event = { attributes, data: dataOf(attributes, data, base64) }
  checkEvent(event)
  return event
}

// The attribute types of JSON: String, Boolean, Integer; all others travel as strings.
function canonical(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31) return String(value)
  throw new NotACloudEvent(`attribute ${name}: a string, boolean or 32-bit integer is expected`)
}

function dataOf(attributes: Record<string, string>, data: unknown, base64: unknown): Buffer | undefined {
  if (base64 !== undefined && base64 !== null) {
    if (data !== undefined) throw new NotACloudEvent('data and data_base64 exclude each other')
    return fromBase64('data_base64', base64)
  }
  if (data === undefined) return undefined
  // Version 0.3 says so in an attribute of its own.
  if (attributes.specversion === '0.3' && attributes.datacontentencoding === 'base64') {
    delete attributes.datacontentencoding
    return fromBase64('data', data)
  }
  if (isJson(attributes.datacontenttype)) {
    attributes.datacontenttype ??= 'application/json'
    return Buffer.from(JSON.stringify(data))
  }
  return Buffer.from(typeof data === 'string' ? data : JSON.stringify(data))
}

function fromBase64(name: string, text: unknown): Buffer {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new NotACloudEvent(`${name} is no base64`)
  }
  return Buffer.from(text, 'base64')
}

// Without a type the data is JSON, as the event around it is.
function isJson(type: string | undefined): boolean {
  return type === undefined || /^[^;]*[/+]json\s*(;|$)/i.test(type)
}
