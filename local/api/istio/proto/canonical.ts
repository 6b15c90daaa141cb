// The normal form of a decoded spec: one name a field, numbers as numbers, one field of each oneof.
import { fieldNamed, numberOf } from './decode.ts'
import type { Field, Message } from './message.ts'

/** A copy of a value without decoding flaws as its message's own JSON: what readers of the spec may rely on. */
export function canonical(field: Field, value: unknown): unknown {
  switch (field.type) {
    case 'message':
      return canonicalMessage(field, (value ?? {}) as Record<string, unknown>)
    case 'map':
      return Object.fromEntries(
        Object.entries((value ?? {}) as object).map(([key, entry]) => [key, canonical(field.of, entry)]),
      )
    case 'list':
      return ((value ?? []) as unknown[]).map(item => canonical(field.of, item))
    case 'enum':
      return typeof value === 'number' ? (field.values[value] ?? value) : (value ?? field.values[0])
    case 'int32':
    case 'uint32':
    case 'uint64':
    case 'double':
      return typeof value === 'string' ? numberOf(value) : (value ?? 0)
    case 'struct':
      return value
    case 'bool':
      return value ?? false
    default:
      return value ?? ''
  }
}

/** Fields keep the order they were written in; of two names of one field the JSON name counts. */
function canonicalMessage(message: Message, value: Record<string, unknown>): Record<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const [name, entry] of Object.entries(value)) {
    const [jsonName, field] = fieldNamed(message, name) ?? []
    if (!jsonName || !field || entry === null || entry === undefined) continue
    if (jsonName === name || !fields.has(jsonName)) fields.set(jsonName, canonical(field, entry))
  }
  for (const choice of message.oneofs) {
    const written = choice.filter(name => fields.has(name))
    for (const loser of written.slice(0, -1)) fields.delete(loser)
  }
  return Object.fromEntries(fields)
}
