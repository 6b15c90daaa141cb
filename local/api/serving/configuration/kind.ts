// The kind Configuration of Knative Serving.
import type { Kind } from '../../kind.ts'
import { object, objectSchema } from '../../schema.ts'
import { latestColumns, readyColumns } from '../columns.ts'
import { configurationStatusFields, revisionTemplate, statusSchema } from '../schemas.ts'
import { setConfigurationDefaults } from './defaults.ts'
import { validateConfiguration } from './validation.ts'

export const configuration: Kind = {
  group: 'serving.knative.dev',
  versions: ['v1'],
  kind: 'Configuration',
  plural: 'configurations',
  singular: 'configuration',
  shortNames: ['config', 'cfg'],
  categories: ['all', 'knative', 'serving'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({ template: revisionTemplate }),
    status: statusSchema(configurationStatusFields),
  }),
  columns: [...latestColumns, ...readyColumns],
  setDefaults: setConfigurationDefaults,
  validate: validateConfiguration,
  webhook: 'validation.webhook.serving.knative.dev',
}
