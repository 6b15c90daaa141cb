// Structural schemas, the subset of JSON Schema that Kubernetes allows, and the two flaws strict decoding finds.

/** A structural schema: what a field holds. The same value becomes the OpenAPI document of the kind. */
export type Schema =
  | { type: 'object'; fields: Record<string, Schema>; description?: string; required?: readonly string[] }
  | { type: 'map'; values: Schema; description?: string }
  | { type: 'array'; items: Schema; description?: string }
  | { type: 'string' | 'boolean' | 'number'; description?: string; enum?: readonly string[] }
  | { type: 'integer'; format?: 'int32' | 'int64'; description?: string }
  /** An integer or a string, as ports of probes are. */
  | { type: 'int-or-string'; description?: string }
  /** Anything: fields are kept and not looked at. */
  | { type: 'any'; description?: string }

export interface SchemaFlaw {
  /** `spec.traffic[0].tag` */
  path: string
  kind: 'unknown' | 'type'
  /** `unknown field "spec.replicas"`, or `expected array, got null`. */
  message: string
  /** Of a wrong type: the type that would be right, and the one found. */
  wanted?: string
  got?: string
}

/** Every unknown field and every wrong type below `value`, in document order. Null counts as absent but in arrays. */
export function schemaFlaws(schema: Schema, value: unknown, path = ''): SchemaFlaw[] {
  if (value === null || value === undefined) return []
  switch (schema.type) {
    case 'any':
      return []
    case 'object':
      return isRecord(value) ? objectFlaws(schema.fields, value, path) : [wrongType('object', value, path)]
    case 'map':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, entry]) => schemaFlaws(schema.values, entry, `${path}[${key}]`))
        : [wrongType('object', value, path)]
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) => itemFlaws(schema.items, item, `${path}[${index}]`))
        : [wrongType('array', value, path)]
    case 'int-or-string':
      return typeof value === 'string' || Number.isInteger(value) ? [] : [wrongType('integer or string', value, path)]
    case 'integer':
      return Number.isInteger(value) ? [] : [wrongType('integer', value, path)]
    default:
      return typeof value === schema.type ? [] : [wrongType(schema.type, value, path)]
  }
}

/**
 * Every null below `value` where the schema wants something else: custom resources refuse them, while for kinds built
 * into Kubernetes null is absence.
 */
export function nullFlaws(schema: Schema, value: unknown, path = ''): SchemaFlaw[] {
  if (schema.type === 'any' || value === undefined) return []
  if (value === null) return [wrongType(schema.type === 'map' ? 'object' : schema.type, value, path)]
  if (schema.type === 'array' && Array.isArray(value))
    return value.flatMap((item, index) => nullFlaws(schema.items, item, `${path}[${index}]`))
  if (!isRecord(value) || (schema.type !== 'object' && schema.type !== 'map')) return []
  return Object.entries(value).flatMap(([name, entry]) => {
    // Go's clients write the time of what was not created yet so.
    if (name === 'creationTimestamp') return []
    const field = schema.type === 'map' ? schema.values : Object.hasOwn(schema.fields, name) && schema.fields[name]
    return field ? nullFlaws(field, entry, path ? `${path}.${name}` : name) : []
  })
}

function itemFlaws(schema: Schema, item: unknown, path: string): SchemaFlaw[] {
  if (item === null && schema.type !== 'any') return [wrongType(schema.type, item, path)]
  return schemaFlaws(schema, item, path)
}

function objectFlaws(fields: Record<string, Schema>, value: Record<string, unknown>, path: string): SchemaFlaw[] {
  return Object.entries(value).flatMap(([name, entry]) => {
    const at = path ? `${path}.${name}` : name
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    return field
      ? schemaFlaws(field, entry, at)
      : [{ path: at, kind: 'unknown' as const, message: `unknown field "${at}"` }]
  })
}

function wrongType(wanted: string, value: unknown, path: string): SchemaFlaw {
  const got = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return { path, kind: 'type', message: `${path}: expected ${wanted}, got ${got}`, wanted, got }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Makers: schemas read like the types they describe.
export const string: Schema = { type: 'string' }
export const boolean: Schema = { type: 'boolean' }
export const integer: Schema = { type: 'integer' }
export const anything: Schema = { type: 'any' }
export const object = (fields: Record<string, Schema>): Schema => ({ type: 'object', fields })
export const array = (items: Schema): Schema => ({ type: 'array', items })
export const map = (values: Schema): Schema => ({ type: 'map', values })

/** A schema with the sentence `kubectl explain` prints. */
export function described(description: string, schema: Schema): Schema {
  return { ...schema, description }
}

const ownerReference = object({
  apiVersion: string,
  kind: string,
  name: string,
  uid: string,
  controller: boolean,
  blockOwnerDeletion: boolean,
})

/** `metadata` of every object. */
export const objectMeta: Schema = object({
  name: string,
  namespace: string,
  generateName: string,
  uid: string,
  resourceVersion: string,
  generation: integer,
  creationTimestamp: string,
  deletionTimestamp: string,
  deletionGracePeriodSeconds: integer,
  labels: map(string),
  annotations: map(string),
  finalizers: array(string),
  ownerReferences: array(ownerReference),
  managedFields: anything,
  selfLink: string,
})

/** An object's schema from those of its own top-level fields. */
export function objectSchema(fields: Record<string, Schema>): Schema {
  return object({ apiVersion: string, kind: string, metadata: objectMeta, ...fields })
}
