// EndpointSlice: the pods behind a Service, ready or not.
import type { KubeObject } from '../../../kernel/object.ts'
import { ageColumn, shown } from '../../core/core-kind.ts'
import type { Kind } from '../../kind.ts'
import { anything, array, objectSchema, string } from '../../schema.ts'
import type { EndpointSlice } from '../types.ts'

/** kubectl prints this many, then how many more there are. */
const printed = 3

export const endpointSliceKind: Kind = {
  group: 'discovery.k8s.io',
  versions: ['v1'],
  kind: 'EndpointSlice',
  description: 'The pods behind a Service; it follows from the Service and its pods.',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  status: false,
  strategic: {},
  schema: objectSchema({ addressType: string, endpoints: array(anything), ports: array(anything) }),
  columns: [
    { name: 'AddressType', type: 'string', path: '.addressType' },
    { name: 'Ports', type: 'string', path: '.ports', cell: object => listed(slice(object).ports.map(one => one.port)) },
    {
      name: 'Endpoints',
      type: 'string',
      path: '.endpoints',
      cell: object => listed(slice(object).endpoints.flatMap(one => one.addresses)),
    },
    ageColumn,
  ],
}

const slice = (object: KubeObject) => object as EndpointSlice

function listed(values: readonly (string | number)[]): string {
  const rest = values.length - printed
  return shown(values.slice(0, printed).join(',') + (rest > 0 ? ` + ${rest} more...` : ''), '<unset>')
}
