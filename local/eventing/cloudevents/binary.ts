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

// The HTTP binding asks for percent-encoding of spaces and quotes too. Neither Knative's SDK nor that for JavaScript
// encodes or decodes anything: what is visible ASCII travels as it is, so that functions see what they would see there.
const visible = /^[\x20-\x7e]*$/
const mustEncode = /[^\x21\x23\x24\x26-\x7e]+/g

function encodeValue(value: string): string {
  if (visible.test(value)) return value
  return value.replace(mustEncode, part =>
    [...Buffer.from(part, 'utf8')].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Header values arrive as Latin-1; bytes beyond ASCII are meant as UTF-8. */
function decodeValue(name: string, value: string): string {
  if (visible.test(value)) return value
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch {
    throw new NotACloudEvent(`header ${name}: ${value} is no UTF-8`)
  }
}
