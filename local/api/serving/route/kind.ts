// The kind Route of Knative Serving.
import type { Kind } from '../../kind.ts'
import { array, object, objectSchema } from '../../schema.ts'
import { readyColumns, urlColumn } from '../columns.ts'
import { routeStatusFields, statusSchema, trafficTarget } from '../schemas.ts'
import { setRouteDefaults } from './defaults.ts'
import { validateRoute } from './validation.ts'

export const route: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1'],
  kind: 'Route',
  description: 'Which revisions get which share of the traffic, and the hosts of their tags.',
  plural: 'routes',
  singular: 'route',
  shortNames: ['rt'],
  categories: ['all', 'knative', 'serving'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({ traffic: array(trafficTarget) }),
    status: statusSchema(routeStatusFields),
  }),
  columns: [urlColumn, ...readyColumns],
  setDefaults: setRouteDefaults,
  validate: validateRoute,
  webhook: 'validation.webhook.serving.knative.dev',
}
