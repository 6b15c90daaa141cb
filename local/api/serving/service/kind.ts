// The kind Service of Knative Serving.
import type { Kind } from '../../kind.ts'
import { array, object, objectSchema } from '../../schema.ts'
import { latestColumns, readyColumns, urlColumn } from '../columns.ts'
import {
  configurationStatusFields,
  revisionTemplate,
  routeStatusFields,
  statusSchema,
  trafficTarget,
} from '../schemas.ts'
import { setServiceDefaults } from './defaults.ts'
import { validateService } from './validation.ts'

export const service: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1'],
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['kservice', 'ksvc'],
  categories: ['all', 'knative', 'serving'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({ template: revisionTemplate, traffic: array(trafficTarget) }),
    status: statusSchema({ ...routeStatusFields, ...configurationStatusFields }),
  }),
  columns: [urlColumn, ...latestColumns, ...readyColumns],
  setDefaults: setServiceDefaults,
  validate: validateService,
  webhook: 'validation.webhook.serving.knative.dev',
}
