// A kind's structural schema in the words of OpenAPI v3, as `kubectl explain` reads it.
import type { Schema } from '../../api/schema.ts'

/** The same schema as OpenAPI has it. */
export function openApiSchema(schema: Schema): Record<string, unknown> {
  return { ...(schema.description ? { description: schema.description } : {}), ...shapeOf(schema) }
}

function shapeOf(schema: Schema): Record<string, unknown> {
  switch (schema.type) {
    case 'object':
      return {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(schema.fields).map(([name, field]) => [name, openApiSchema(field)]),
        ),
        ...(schema.required ? { required: schema.required } : {}),
      }
    case 'map':
      return { type: 'object', additionalProperties: openApiSchema(schema.values) }
    case 'array':
      return { type: 'array', items: openApiSchema(schema.items) }
    case 'int-or-string':
      return { 'x-kubernetes-int-or-string': true }
    case 'integer':
      return { type: 'integer', format: schema.format ?? 'int64' }
    case 'any':
      return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    default:
      return { type: schema.type, ...('enum' in schema && schema.enum ? { enum: schema.enum } : {}) }
  }
}
