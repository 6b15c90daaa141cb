// The kind DomainMapping of Knative Serving.
import type { Kind } from '../../kind.ts'
import { object, objectSchema, string } from '../../schema.ts'
import { readyColumns, urlColumn } from '../columns.ts'
import { addressStatusFields, statusSchema } from '../schemas.ts'
import { setDomainMappingDefaults } from './defaults.ts'
import { validateDomainMapping } from './validation.ts'

export const domainMapping: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1beta1', 'v1'],
  kind: 'DomainMapping',
  description: 'A host of your own that leads to a Service or another address.',
  plural: 'domainmappings',
  singular: 'domainmapping',
  shortNames: ['dm'],
  categories: ['all', 'knative', 'serving'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({
      ref: object({
        apiVersion: string,
        kind: string,
        name: string,
        namespace: string,
        address: string,
        group: string,
      }),
      tls: object({ secretName: string }),
    }),
    status: statusSchema(addressStatusFields),
  }),
  columns: [urlColumn, ...readyColumns],
  setDefaults: setDomainMappingDefaults,
  validate: validateDomainMapping,
  webhook: 'validation.webhook.serving.knative.dev',
}
