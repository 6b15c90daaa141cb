// The structural schema of a message: what OpenAPI and the hints for misspelt fields are made from.
import { anything, array, boolean, integer, map, object, type Schema, string } from '../../schema.ts'
import type { Field } from './message.ts'

/** Proto names of fields are accepted but not listed. */
export function schemaOf(field: Field): Schema {
  switch (field.type) {
    case 'message':
      return object(Object.fromEntries(Object.entries(field.fields).map(([name, one]) => [name, schemaOf(one)])))
    case 'map':
      return map(schemaOf(field.of))
    case 'list':
      return array(schemaOf(field.of))
    case 'enum':
      return { type: 'string', enum: field.values }
    case 'bool':
      return boolean
    case 'double':
      return { type: 'number' }
    case 'struct':
      return anything
    case 'int32':
      return { type: 'integer', format: 'int32' }
    case 'uint32':
    case 'uint64':
      return integer
    default:
      return string
  }
}
