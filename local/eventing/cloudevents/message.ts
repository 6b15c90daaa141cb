// An HTTP message as the CloudEvents it carries: the mode is told by the content type.
import { decodeBinary } from './binary.ts'
import { type CloudEvent, NotACloudEvent } from './event.ts'
import { decodeBatch, decodeStructured } from './structured.ts'

export type Mode = 'binary' | 'structured' | 'batch' | 'none'

/** How a message carries events; `none` when neither its type nor its headers say that it does. */
export function modeOf(headers: readonly string[]): Mode {
  const type = (headerOf(headers, 'content-type') ?? '').toLowerCase()
  if (type.startsWith('application/cloudevents-batch')) return 'batch'
  if (type.startsWith('application/cloudevents')) return 'structured'
  return headerOf(headers, 'ce-specversion') === undefined ? 'none' : 'binary'
}

/** The events of a message. Throws `NotACloudEvent`. `headers` is flat, names in lower case. */
export function decodeMessage(headers: readonly string[], body: Buffer): CloudEvent[] {
  const mode = modeOf(headers)
  if (mode === 'binary') return [decodeBinary(headers, body)]
  if (mode === 'none') throw new NotACloudEvent('no ce-specversion header and no CloudEvents content type')
  const type = headerOf(headers, 'content-type') ?? ''
  if (!/^application\/cloudevents(-batch)?\+json\s*(;|$)/i.test(type)) {
    throw new NotACloudEvent(`content-type ${type}: the JSON event format is expected`)
  }
  return mode === 'batch' ? decodeBatch(body) : [decodeStructured(body)]
}

/** The first value of a header; `name` in lower case. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) if (headers[index] === name) return headers[index + 1]
  return undefined
}
