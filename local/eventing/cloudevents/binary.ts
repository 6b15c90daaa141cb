// CloudEvents over HTTP in binary mode: attributes in ce- headers, data in the body.
import { type CloudEvent, checkEvent, NotACloudEvent } from './event.ts'

/** The event of a binary-mode message. Throws `NotACloudEvent`. `headers` is flat, names in lower case. */
export function decodeBinary(headers: readonly string[], body: Buffer): CloudEvent {
  const attributes: Record<string, string> = {}
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (name.startsWith('ce-')) setOnce(attributes, name.slice(3), decodeValue(name, value))
    else if (name === 'content-type') setOnce(attributes, 'datacontenttype', value)
  }
  if (attributes.datacontenttype === '') delete attributes.datacontenttype
  const event = { attributes, data: body.length > 0 ? body : undefined }
  checkEvent(event)
  return event
}

/** The flat headers of `event` in binary mode; its body is the event's data. */
export function encodeBinary(event: CloudEvent): string[] {
  const headers: string[] = []
  for (const name in event.attributes) {
    const value = event.attributes[name] ?? ''
    if (name === 'datacontenttype') headers.push('content-type', value)
    else headers.push(`ce-${name}`, encodeValue(value))
  }
  return headers
}

function setOnce(attributes: Record<string, string>, name: string, value: string): void {
  if (Object.hasOwn(attributes, name)) throw new NotACloudEvent(`${name} is given twice`)
  attributes[name] = value
}

// HTTP binding, section "HTTP Header Values": these must be percent-encoded.
const mustEncode = /[^\x21\x23\x24\x26-\x7e]/
const mustEncodeAll = /[^\x21\x23\x24\x26-\x7e]+/g

function encodeValue(value: string): string {
  if (!mustEncode.test(value)) return value
  return value.replace(mustEncodeAll, part =>
    [...Buffer.from(part, 'utf8')].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

function decodeValue(name: string, value: string): string {
  if (!value.includes('%')) return unquoted(value)
  try {
    return decodeURIComponent(unquoted(value).replace(/%(?![0-9A-Fa-f]{2})/g, '%25'))
  } catch {
    throw new NotACloudEvent(`header ${name}: ${value} is no percent-encoded UTF-8`)
  }
}

// A value in double quotes is one token with backslash escapes, which the binding asks receivers to undo.
function unquoted(value: string): string {
  if (value.length < 2 || value[0] !== '"' || value.at(-1) !== '"') return value
  return value.slice(1, -1).replace(/\\(.)/g, '$1')
}
