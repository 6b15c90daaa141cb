// OpenAPI v2 in protobuf, for kubectl before 1.29: which kinds there are, and that the server validates their fields.
import type { Kind } from '../../api/kind.ts'
import { acceptedTypes, notAcceptable } from '../http/accept.ts'
import { type Written, writeMessage } from '../protobuf/write.ts'

/** What clients ask with; the answer is named as the real server names it. */
const asked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
export const openApiV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** The Document of gnostic's openapiv2/OpenAPIv2.proto. Throws NotAcceptable for clients that take no protobuf. */
export function openApiV2(kinds: readonly Kind[], accept: string | undefined): Buffer {
  if (!acceptedTypes(accept).some(({ type }) => type === asked)) throw notAcceptable(asked)
  const paths = kinds.flatMap(kind => kind.versions.map(version => pathOf(kind, version)))
  return writeMessage([
    [1, '2.0'],
    [
      2,
      [
        [1, 'Kubernetes'],
        [2, 'v1.34.0'],
      ],
    ],
    [8, paths],
    [9, []],
  ])
}

/** A path whose PATCH names its kind and the parameter clients look for. */
function pathOf({ group, kind, plural, namespaced }: Kind, version: string): Written {
  const base = group ? `/apis/${group}/${version}` : `/api/${version}`
  const path = `${base}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`
  const groupVersionKind = JSON.stringify({ group, kind, version })
  const patch: readonly Written[] = [
    ...['dryRun', 'fieldManager', 'fieldValidation'].map((name): Written => [8, queryParameter(name)]),
    [13, named('x-kubernetes-group-version-kind', [[2, groupVersionKind]])],
  ]
  return [2, named(path, [[8, patch]])]
}

/** An entry of a map: its name, then its value. */
function named(name: string, value: readonly Written[]): readonly Written[] {
  return [
    [1, name],
    [2, value],
  ]
}

/** ParametersItem.parameter.non_body_parameter.query_parameter_sub_schema */
function queryParameter(name: string): readonly Written[] {
  const schema: readonly Written[] = [
    [2, 'query'],
    [4, name],
    [6, 'string'],
  ]
  return [[1, [[2, [[3, schema]]]]]]
}
