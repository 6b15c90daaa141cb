// Bodies in Kubernetes' protobuf: what kubectl's generators and Go clients of the core kinds send.
import { StatusError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/object.ts'
import { coreMessages } from './core-messages.ts'
import { decode } from './decode.ts'
import { metaMessages } from './meta-messages.ts'
import { podMessages } from './pod-messages.ts'
import { reviewMessages } from './review-messages.ts'
import { messagesOf } from './table.ts'
import { WireError } from './wire.ts'

/** Four bytes before the envelope (k8s.io/apimachinery pkg/runtime/serializer/protobuf). */
const magic = Buffer.from('k8s\0')

const envelope = `
Unknown: 1 typeMeta TypeMeta, 2 raw bytes, 3 contentEncoding, 4 contentType
TypeMeta: 1 apiVersion, 2 kind
`

const messages = messagesOf(envelope, metaMessages, coreMessages, podMessages, reviewMessages)

/** The object of a body as JSON. Throws BadRequest for broken bytes, UnsupportedMediaType for kinds not read. */
export function readProtobuf(body: Buffer): Json {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw new StatusError('BadRequest', "the body is no protobuf of Kubernetes: it does not begin with 'k8s' and zero")
  }
  try {
    return objectOf(body.subarray(magic.length))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new StatusError('BadRequest', `the body of the request is not the protobuf it says: ${error.message}`)
  }
}

function objectOf(bytes: Buffer): Json {
  const { typeMeta, raw } = decode(messages, 'Unknown', bytes) as { typeMeta?: { [name: string]: Json }; raw?: string }
  const kind = String(typeMeta?.kind ?? '')
  // Options and reviews come in many groups under one name; a name of a message inside objects is no kind.
  if (!isKind(kind)) {
    throw new StatusError(
      'UnsupportedMediaType',
      `objects of kind "${kind}" are not read from protobuf here: send JSON`,
    )
  }
  return { ...typeMeta, ...decode(messages, kind, Buffer.from(raw ?? '', 'base64')) }
}

function isKind(name: string): boolean {
  const message = messages.get(name)
  return name === 'DeleteOptions' || message?.get(1)?.type === 'ObjectMeta'
}
