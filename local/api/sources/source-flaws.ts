// What all sources must say: where their events go, and extension attributes that may be named so.
import type { FieldError } from '../../kernel/errors.ts'
import { destinationFlaws } from '../eventing/flaws.ts'
import type { SourceSpec } from './types.ts'

/** Flaws of sink and ceOverrides (knative.dev/pkg apis/duck/v1/source_types.go). */
export function sourceFlaws({ sink, ceOverrides }: Partial<SourceSpec>): FieldError[] {
  const names = Object.keys(ceOverrides?.extensions ?? {})
  const path = 'spec.ceOverrides.extensions'
  return [
    ...destinationFlaws(sink, 'spec.sink'),
    ...names.flatMap(name => (name === '' ? [{ path, message: `invalid key name ""`, details: emptyKey }] : [])),
    ...names
      .filter(name => name !== '' && !/^[a-z0-9]+$/.test(name))
      .map(name => ({
        path: `${path}.${name}`,
        message: `invalid key name ${JSON.stringify(name)}`,
        details: wrongKey,
      })),
  ]
}

const emptyKey = 'keys MUST NOT be empty'
const wrongKey =
  "CloudEvents attribute names MUST consist of lower-case letters ('a' to 'z') or digits ('0' to '9') from the ASCII character set"
