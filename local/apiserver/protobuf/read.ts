import { StatusError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/object.ts'
export function readProtobuf(_body: Buffer): Json {
  throw new StatusError('UnsupportedMediaType', 'x')
}
