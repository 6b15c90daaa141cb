// CustomResourceDefinition: how a kind that is not built in is told to clients that look for it by label or name.
import type { Kind } from '../../kind.ts'
import { anything, array, object, objectSchema, string } from '../../schema.ts'

const names = object({
  categories: array(string),
  kind: string,
  listKind: string,
  plural: string,
  shortNames: array(string),
  singular: string,
})

export const crdKind: Kind = {
  group: 'apiextensions.k8s.io',
  versions: ['v1'],
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  status: true,
  strategic: {},
  schema: objectSchema({
    spec: object({ group: string, names, scope: string, versions: array(anything) }),
    status: anything,
  }),
  columns: [
    {
      ...{ name: 'Created At', type: 'date', path: '.metadata.creationTimestamp' },
      cell: ({ metadata }) => metadata.creationTimestamp ?? '',
    },
  ],
}
