// The kind Service of Knative Serving.
import type { Kind } from '../../kind.ts'
import { array, object, objectSchema } from '../../schema.ts'
import { latestColumns, readyColumns, urlColumn } from '../columns.ts'
import { securityWarnings } from '../pod-spec/security-warnings.ts'
import {
  configurationStatusFields,
  revisionTemplate,
  routeStatusFields,
  statusSchema,
  trafficTarget,
} from '../schemas.ts'
import type { Service } from '../types.ts'
import { setServiceDefaults } from './defaults.ts'
import { validateService } from './validation.ts'

export const service: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1'],
  kind: 'Service',
  description: 'A function or program with its traffic: makes a Configuration and a Route of its name.',
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
  warnings: object => securityWarnings((object as Service).spec.template.spec, 'spec.template.spec'),
  webhook: 'validation.webhook.serving.knative.dev',
}
