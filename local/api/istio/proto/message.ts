// Protobuf messages as values: the one description of a spec that decoding, normal form and OpenAPI are made from.

export type Field = Scalar | EnumField | ListField | MapField | Message

export interface Scalar {
  type: 'string' | 'bytes' | 'bool' | 'double' | 'int32' | 'uint32' | 'uint64' | 'duration' | 'struct'
}

export interface EnumField {
  type: 'enum'
  /** `istio.networking.v1alpha3.CorsPolicy.UnmatchedPreflights` */
  name: string
  /** By number. */
  values: readonly string[]
}

export interface ListField {
  type: 'list'
  of: Field
}

export interface MapField {
  type: 'map'
  of: Field
  /** Keys are numbers, written as strings. */
  numbered?: true
}

export interface Message {
  type: 'message'
  /** `istio.networking.v1alpha3.HTTPRoute` */
  name: string
  /** By their JSON name, in the order of the .proto file. */
  fields: Record<string, Field>
  /** Fields of which the last one that is written counts. */
  oneofs: readonly (readonly string[])[]
}

/** The fields of `T`, all of them and no other. */
type FieldsOf<T> = { [K in keyof T]-?: Field }

/** The description of the message whose JSON form is `T`. */
export const message = <T>(
  name: string,
  fields: FieldsOf<T>,
  ...oneofs: readonly (readonly (keyof T & string)[])[]
): Message => ({ type: 'message', name, fields: fields as Record<string, Field>, oneofs })

export const string: Scalar = { type: 'string' }
export const bytes: Scalar = { type: 'bytes' }
export const bool: Scalar = { type: 'bool' }
export const double: Scalar = { type: 'double' }
export const int32: Scalar = { type: 'int32' }
export const uint32: Scalar = { type: 'uint32' }
export const uint64: Scalar = { type: 'uint64' }
export const duration: Scalar = { type: 'duration' }
/** Any JSON object. */
export const struct: Scalar = { type: 'struct' }

export const list = (of: Field): ListField => ({ type: 'list', of })
export const map = (of: Field): MapField => ({ type: 'map', of })
export const numberedMap = (of: Field): MapField => ({ type: 'map', of, numbered: true })
/** An enum; its values in the order of their numbers, from 0. */
export const oneOf = (name: string, ...values: readonly string[]): EnumField => ({ type: 'enum', name, values })

/** `mirrorPercentage` of `mirror_percentage`: proto-JSON takes both names of a field. */
export function jsonName(protoName: string): string {
  return protoName.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
